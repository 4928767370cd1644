import { writeFileSync } from 'node:fs';
import { generatedSchemas } from './generated.ts';

for (const [name, text] of Object.entries(generatedSchemas())) writeFileSync(new URL(name, import.meta.url), text);
