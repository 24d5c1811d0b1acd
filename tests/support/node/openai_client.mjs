// OpenAI's JavaScript client before an instance of Parley; prints what it got as JSON.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.env.BASE_URL, apiKey: process.env.API_KEY, maxRetries: 0 });
const messages = [{ role: "user", content: "What is the capital of France?" }];
const model = process.env.MODEL;

async function refusal(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return { status: error.status, type: error.type, message: error.message };
  }
}

const models = [];
for await (const entry of client.models.list()) models.push(entry.id);

let streamed = "";
const stream = await client.chat.completions.create({ model, messages, temperature: 0, max_tokens: 20, stream: true });
for await (const chunk of stream) streamed += chunk.choices[0]?.delta?.content ?? "";

const whole = await client.chat.completions.create({ model, messages, temperature: 0, max_tokens: 20, seed: null });
const response = await client.responses.create({ model, input: "What is the capital of France?", temperature: 0 });

const events = [];
const responseStream = await client.responses.create({ model, input: "Count to 5", temperature: 0, stream: true });
for await (const event of responseStream) events.push(event.type);

console.log(
  JSON.stringify({
    models,
    model: (await client.models.retrieve(model)).id,
    streamed,
    whole: whole.choices[0].message.content,
    response: response.output_text,
    events,
    unknownModel: await refusal(() => client.models.retrieve("gpt-none")),
    embeddings: await refusal(() => client.embeddings.create({ model, input: "Hi" })),
    completions: await refusal(() => client.completions.create({ model, prompt: "Hi" })),
    tooComplex: await refusal(() =>
      client.chat.completions.create({
        model,
        messages,
        response_format: {
          type: "json_schema",
          json_schema: { name: "a", schema: { enum: [...Array(36000).keys()] } },
        },
      }),
    ),
  }),
);
