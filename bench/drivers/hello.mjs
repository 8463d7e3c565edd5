// Express and bare node saying hello: how fast a page can be.

const hello = (name, label, mode) => ({
  name,
  label,
  server: () => ({ args: ['servers/hello.mjs'], env: { MODE: mode } }),
  pages: () => [{ page: '“hello”', path: '/' }],
})

export const express = hello('express', 'Express 5', 'express')
export const node = hello('node', 'bare node', 'node')
