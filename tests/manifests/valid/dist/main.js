require('../lib/tell');
