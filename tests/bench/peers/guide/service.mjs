// The notification service of the guide: express, a queue on Redis, nodemailer, web-push.
//
// What the guide leaves open is decided in favour of this service: jobs hold the finished text, so
// its worker renders nothing; and it keeps no log in MongoDB.
//
// A line on standard input is a number of jobs to work off, which were posted before. The answer
// is the CPU of this process meanwhile, on file descriptor RESULTS_FD.
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { Queue, Worker } from 'bullmq';
import express from 'express';
import { MongoClient } from 'mongodb';
import nodemailer from 'nodemailer';
import webpush from 'web-push';

const env = process.env;
const CONCURRENCY = Number(env.CONCURRENCY); // bullmq's default is one job at a time
const connection = { host: '127.0.0.1', port: Number(env.REDIS_PORT), maxRetriesPerRequest: null };
const name = env.QUEUE_NAME;

// Without `pool`, nodemailer opens a connection for each mail, as the guide has it.
const transporter = nodemailer.createTransport({
  host: env.SMTP_HOST,
  port: Number(env.SMTP_PORT),
  secure: false,
  ignoreTLS: true, // a TLS handshake for each mail would cost this service more
  pool: env.SMTP_POOL === '1',
  maxMessages: Infinity,
});
webpush.setVapidDetails('mailto:push@artistbooking.example', env.VAPID_PUBLIC_KEY, env.VAPID_PRIVATE_KEY);

const mongo = await new MongoClient(env.MONGO_URI).connect();
const subscriptions = mongo.db('guide').collection('subscriptions');
await subscriptions.createIndex({ userId: 1 });

const queue = new Queue(name, { connection });
const enqueue = (kind) => async (request, response) => {
  const job = await queue.add(kind, request.body, {
    attempts: 3,
    backoff: { type: 'exponential', delay: 1000 },
    removeOnComplete: true,
  });
  response.status(202).json({ id: job.id });
};

const app = express();
app.use(express.json());
app.post('/notifications/email', enqueue('email'));
app.post('/notifications/push', enqueue('push'));
app.post('/subscriptions', async (request, response) => {
  await subscriptions.insertOne(request.body);
  response.status(201).end();
});
const server = app.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));

async function sendEmail({ to, subject, text, html }) {
  const sent = await transporter.sendMail({ from: env.SMTP_FROM, to, subject, text, html });
  return sent.messageId;
}

async function sendPush({ userId, ...payload }) {
  const found = await subscriptions.find({ userId }).toArray();
  await Promise.all(
    found.map((each) => webpush.sendNotification(each, JSON.stringify(payload), { TTL: 86400 })),
  );
}

const handlers = { email: sendEmail, push: sendPush };
const worker = new Worker(name, (job) => handlers[job.name](job.data), {
  connection,
  concurrency: CONCURRENCY,
  autorun: false,
});
let completed = 0;
let whenDone = () => {};
let expected = Infinity;
worker.on('completed', (job) => {
  console.log(`job ${job.id} completed`);
  completed += 1;
  if (completed === expected) whenDone();
});
worker.on('failed', (job, error) => {
  answer({ error: `${job?.id}: ${error.message}` });
  process.exit(1);
});
worker.on('error', (error) => console.error(error));

function answer(result) {
  writeSync(Number(env.RESULTS_FD), `${JSON.stringify(result)}\n`);
}

let runs = false;
answer({ port: server.address().port });
for await (const line of createInterface({ input: process.stdin })) {
  completed = 0;
  expected = Number(line);
  const done = new Promise((resolve) => (whenDone = resolve));
  const before = process.cpuUsage();
  if (runs) worker.resume();
  else worker.run();
  runs = true;
  await done;
  const { user, system } = process.cpuUsage(before);
  await worker.pause();
  answer({ seconds: (user + system) / 1e6 });
}
process.exit(0);
