import { Inngest } from 'inngest';

// node send.mjs BASE-URL EVENT-KEY EVENTS-AS-JSON: writes what the SDK makes of the answer.
const [baseUrl, eventKey, events] = process.argv.slice(2);
const client = new Inngest({ id: 'backfill-tests', eventKey, baseUrl, isDev: false });
try {
  console.log(JSON.stringify(await client.send(JSON.parse(events))));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}
