require('./lib/tell');
