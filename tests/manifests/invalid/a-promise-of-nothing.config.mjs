export default Promise.resolve(null);
