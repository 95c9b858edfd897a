import { createInterface } from 'node:readline';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

// Made once: to load its data again takes a fifth of the time that it takes to make.
const made = await PGlite.create({ extensions: { vector } });
await made.exec('CREATE EXTENSION vector');
const data = await made.dumpDataDir('none');
await made.close();

// A line is start or stop and a port; the end of the lines is the end of the test that started this.
const started = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const [what, port] = line.split(' ');
  if (what === 'start') {
    const db = await PGlite.create({ extensions: { vector }, loadDataDir: data });
    const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: Number(port), maxConnections: 8 });
    await server.start();
    started.set(port, { db, server });
  } else {
    const { db, server } = started.get(port);
    started.delete(port);
    await server.stop();
    await db.close();
  }
  console.log('done');
}
process.exit(0);
