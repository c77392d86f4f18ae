require('../../lib/tell');
