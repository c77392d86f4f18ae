'use strict';
globalThis.hooked = [...(globalThis.hooked || []), 'require'];
