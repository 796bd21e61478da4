import type { JSX } from 'react';

import { SelectField } from '../../ui/select-field.tsx';
import { TextField } from '../../ui/text-field.tsx';
import type { CreateForm } from './create-form.ts';

const BACKENDS = [
  { value: 'leveldb', label: 'LevelDB' },
  { value: 'fastlog', label: 'fastlog: append-only files, the fastest' },
  { value: 'memory', label: 'memory: gone when the process ends' },
] as const;

const DURABILITIES = [
  { value: 'high', label: 'high: on disk before the answer' },
  { value: 'medium', label: 'medium: on disk within a second' },
  { value: 'low', label: 'low: when the system writes it' },
] as const;

interface CreateOptionsProps {
  readonly form: CreateForm;
  readonly portProblem: string | null;
  readonly onChange: (changed: Partial<CreateForm>) => void;
}

export function CreateOptions({ form, portProblem, onChange }: CreateOptionsProps): JSX.Element {
  return (
    <div className="create-options">
      <TextField
        label="Name"
        placeholder="chosen for you"
        value={form.name}
        maxLength={60}
        onChange={(name) => onChange({ name })}
      />
      <TextField
        label="First port"
        placeholder="the next free one"
        numeric
        value={form.basePort}
        error={portProblem}
        maxLength={5}
        onChange={(basePort) => onChange({ basePort })}
      />
      <TextField
        label="Machine"
        placeholder="kv"
        hint="kv, or the path of a module"
        value={form.machine}
        maxLength={4096}
        onChange={(machine) => onChange({ machine })}
      />
      <SelectField
        label="Log"
        options={BACKENDS}
        value={form.backend}
        onChange={(backend) => onChange({ backend })}
      />
      <SelectField
        label="Durability"
        options={DURABILITIES}
        value={form.durability}
        onChange={(durability) => onChange({ durability })}
      />
    </div>
  );
}
