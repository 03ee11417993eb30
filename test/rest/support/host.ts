/** An application that mounts us as a real one would, listening on a port of its own. */
import { type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { type AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { TaskerModule, type TaskerModuleExtras, type TaskerOptions, TaskerService } from 'nestjs-tasker';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { misfit } from './openapi-check.js';
import { HANDLERS, WORKFLOWS } from './workflows.js';

export type Platform = 'express' | 'fastify';

export interface HostOptions {
  readonly tasker?: TaskerOptions & TaskerModuleExtras;
  readonly platform?: Platform;
  readonly database?: TestDatabase;
  /** The host gives our answers a shape of its own, which no document of ours can know. */
  readonly reshapes?: boolean;
  /** What the host's own module has beside us. */
  readonly module?: ModuleMetadata;
  /** What the host's `main.ts` does before it listens. */
  readonly configure?: (app: INestApplication) => void;
}

export interface Host {
  readonly app: INestApplication;
  readonly tasker: TaskerService;
  readonly database: TestDatabase;
  readonly url: string;
  /** Sends a request; a body that is no text is sent as JSON. The answer is held against the OpenAPI document. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined when it is not JSON. */
  readonly body: never;
}

export async function startHost(options: HostOptions = {}): Promise<Host> {
  const database = options.database ?? (await createTestDatabase({ label: 'rest' }));
  const tasker = { definitions: WORKFLOWS, worker: false as const, database: { url: database.url }, ...options.tasker };
  const testing = await Test.createTestingModule({
    ...options.module,
    imports: [TaskerModule.forRoot(tasker), ...(options.module?.imports ?? [])],
    providers: [...HANDLERS, ...(options.module?.providers ?? [])],
  }).compile();
  const app = testing.createNestApplication(adapterOf(options.platform ?? 'express'), { logger: false });
  options.configure?.(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const send: Host['send'] = async (method, path, body, headers = {}) => {
    const answer = await sendTo(`${url}${path}`, method, body, headers);
    const type = answer.headers.get('content-type') ?? '';
    const wrong = options.reshapes ? undefined : misfit(method, path, answer.status, type, answer.body);
    if (wrong !== undefined) throw new Error(`The OpenAPI document says otherwise: ${wrong}`);
    return answer;
  };
  return {
    app,
    tasker: app.get(TaskerService),
    database,
    url,
    send,
    get: (path) => send('GET', path),
    close: async () => {
      await app.close();
      if (!options.database) await database.drop();
    },
  };
}

function adapterOf(platform: Platform): AbstractHttpAdapter {
  return platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
}

async function sendTo(url: string, method: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parse(text) as never };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
