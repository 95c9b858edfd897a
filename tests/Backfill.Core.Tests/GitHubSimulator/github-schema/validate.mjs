// Reads a JSON array of queries from the standard input; writes, for each, the array of its errors.
import { readFileSync } from "node:fs";
import { schema } from "@octokit/graphql-schema";
import { buildClientSchema, parse, validate } from "graphql";

const github = buildClientSchema(schema.json);
const queries = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(queries.map((query) => validate(github, parse(query)).map((error) => error.message))));
