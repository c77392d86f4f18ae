// Node's own cluster of bench/worker.js, as its documentation shows it.
'use strict';
const cluster = require('cluster');

cluster.setupPrimary({ exec: process.argv[2] });
for (let worker = 0; worker < +process.argv[3]; ++worker) cluster.fork();
