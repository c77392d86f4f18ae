'use strict';
const express = require('express');
const { listen, who } = require('./who.js');

const app = express();
app.get('/', (request, response) => response.type('json').send(who()));
listen(require('http').createServer(app));
