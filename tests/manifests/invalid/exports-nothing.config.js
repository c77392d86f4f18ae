const apps = [{ script: 'server.js' }];
