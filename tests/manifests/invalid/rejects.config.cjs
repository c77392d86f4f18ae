module.exports = async () => {
  throw new TypeError('no configuration for this stage\nset STAGE');
};
