// Asks a GGUF model by the library itself, by its own way of chatting, and says as JSON what it answers and how many
// tokens there are. Arguments: path of the model, system message, the user's message, most tokens of the answer.
import { availableParallelism } from 'node:os';
import { getLlama, LlamaChatSession } from 'node-llama-cpp';

const [modelPath, systemPrompt, question, maxTokens] = process.argv.slice(2);
const llama = await getLlama({ gpu: false, build: 'never', maxThreads: 0, logLevel: 'error' });
const model = await llama.loadModel({ modelPath });
const threads = Math.max(1, availableParallelism() - 1);
const context = await model.createContext({ contextSize: 2048, threads });
const session = new LlamaChatSession({ contextSequence: context.getSequence(), systemPrompt });

const startedAt = performance.now();
const answer = await session.prompt(question, { temperature: 0, maxTokens: Number(maxTokens) });
const ms = performance.now() - startedAt;

const turn = (role, content) => `<|im_start|>${role}\n${content}<|im_end|>\n`;
const prompt = `${turn('system', systemPrompt)}${turn('user', question)}<|im_start|>assistant\n`;
const [promptTokens, answerTokens] = [model.tokenize(prompt, true).length, model.tokenize(answer).length];
console.log(JSON.stringify({ answer, promptTokens, answerTokens, ms }));
process.exit(0);
