globalThis.hooked = [...(globalThis.hooked || []), 'import'];
