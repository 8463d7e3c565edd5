// Express 5 (or bare node, with MODE=node) that says hello and nothing else.

import { createServer } from 'node:http'
import express from 'express'

const hello = (_req, res) => {
  res.setHeader('content-type', 'text/html; charset=utf-8')
  return process.env.MODE === 'node' ? res.end('hello') : res.send('hello')
}
const app = express().disable('x-powered-by').get('/', hello)
createServer(process.env.MODE === 'node' ? hello : app).listen(Number(process.env.PORT), '127.0.0.1')
