import 'reflect-metadata';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

declare const require: (path: string) => { who(): string };
declare const process: { env: Record<string, string> };
declare const console: { log(...words: string[]): void };

const { who } = require('../who.js');

@Injectable()
class Workers {
  who(): string {
    return who();
  }
}

@Controller()
class AppController {
  constructor(private readonly workers: Workers) {} // found by the type that the compiler emits

  @Get()
  answer(): string {
    return this.workers.who();
  }
}

@Module({ controllers: [AppController], providers: [Workers] })
class AppModule {}

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(process.env.PORT);
  console.log('listening', process.env.PORT);
}
bootstrap();
