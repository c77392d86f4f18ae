import '../../lib/tell.js';
