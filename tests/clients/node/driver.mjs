// Performs calls of the openai npm package: a line of JSON in says which, a line of JSON out says what came.
// Never judges an answer: that is for the tests, which write the lines.

import { createInterface } from "node:readline";
import OpenAI from "openai";

const messages = [{ role: "user", content: "Say hello." }];

async function collected(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const calls = {
  create: (client, asked) => client.chat.completions.create({ messages, ...asked }),

  stream: async (client, asked) =>
    collected(await client.chat.completions.create({ messages, ...asked, stream: true })),

  // The package's own accumulator: what it saw of the text and of calls, and what it ends up with.
  accumulate: async (client, asked) => {
    const pieces = [];
    const stream = client.chat.completions.stream({ messages, ...asked });
    stream.on("content", (piece) => pieces.push(piece));
    return { pieces, final: await stream.finalChatCompletion() };
  },

  // The package's loop over tools: it calls the function, sends the result back and asks again.
  run_tools: async (client, { content, ...asked }) => {
    const given = [];
    const get_weather = (place) => (given.push(place), content);
    const parameters = { type: "object", properties: { city: { type: "string" } } };
    const tools = [{ type: "function", function: { function: get_weather, parse: JSON.parse, name: "get_weather", description: "", parameters } }];
    const runner = client.chat.completions.runTools({ messages, ...asked, tools });
    return { content: await runner.finalContent(), given };
  },

  headers: async (client, asked) => {
    const { data, response, request_id } = await client.chat.completions.create({ messages, ...asked }).withResponse();
    return { data, request_id, headers: Object.fromEntries(response.headers) };
  },

  // Reads until content comes and leaves.
  leave: async (client, asked) => {
    const stream = await client.chat.completions.create({ messages, ...asked, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    return { aborted: stream.controller.signal.aborted };
  },

  complete: (client, asked) => client.completions.create(asked),

  stream_completion: async (client, asked) => collected(await client.completions.create({ ...asked, stream: true })),

  embed: (client, asked) => client.embeddings.create(asked),

  models: async (client) => collected(client.models.list()),

  model: (client, { model }) => client.models.retrieve(model),
};

function described(error) {
  const { name, message, status, code, type, param, requestID } = error;
  return { class: error.constructor.name, name, message, status, code, type, param, request_id: requestID };
}

async function perform({ call, base_url, options, asked }) {
  const client = new OpenAI({ baseURL: base_url, apiKey: "unused", maxRetries: 0, ...options });
  try {
    return { answer: await calls[call](client, asked) };
  } catch (error) {
    return { error: described(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await perform(JSON.parse(line))) + "\n");
}
