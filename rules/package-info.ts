/** Name and version as in `package.json`; a test keeps them equal. Constants, so that loading the plugin reads no file. */
export const packageName = 'eslint-plugin-async-race';
export const packageVersion = '0.1.0';
