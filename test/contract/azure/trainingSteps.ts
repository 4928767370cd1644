/** Steps of a pipeline that trains, small enough to run in a test: scripts, the components of each, and the nodes. */
export const scripts = {
  'clean.mjs': `import { readFileSync, writeFileSync } from 'node:fs';
    const [mails, out] = process.argv.slice(2);
    writeFileSync(out + '/clean.txt', readFileSync(mails + '/all.txt', 'utf8').toUpperCase());`,
  'train.mjs': `import { readFileSync, writeFileSync } from 'node:fs';
    const [clean, words, out] = process.argv.slice(2);
    writeFileSync(out + '/model.txt', readFileSync(clean + '/clean.txt', 'utf8') + readFileSync(words + '/all.txt', 'utf8'));`,
  'fail.mjs': `process.exit(3);`,
  'wait.mjs': `setInterval(() => {}, 1000);`,
};
export const folder = { type: 'uri_folder' };
export const specs = {
  clean: { command: 'node clean.mjs ${{inputs.mails}} ${{outputs.out}}', inputs: { mails: folder }, outputs: { out: folder } },
  train: {
    command: 'node train.mjs ${{inputs.clean}} ${{inputs.words}} ${{outputs.model}}',
    inputs: { clean: folder, words: folder },
    outputs: { model: { type: 'custom_model' } },
  },
  fail: { command: 'node fail.mjs', inputs: {}, outputs: {} },
  wait: { command: 'node wait.mjs', inputs: {}, outputs: {} },
}; // prettier-ignore
const literal = (value: string) => ({ job_input_type: 'literal', value });
export const node = (component: string, more: object = {}) => ({
  type: 'command',
  componentId: `azureml:${component}:1`,
  ...more,
});
export const steps = {
  clean: node('clean', { inputs: { mails: literal('${{parent.inputs.mails}}') }, resources: { instance_count: 3 } }),
  train: node('train', {
    inputs: {
      clean: literal('${{parent.jobs.clean.outputs.out}}'),
      words: { job_input_type: 'uri_folder', uri: 'azureml:words:1' },
    },
    outputs: { model: { type: 'literal', value: '${{parent.outputs.model}}' } },
  }),
};
