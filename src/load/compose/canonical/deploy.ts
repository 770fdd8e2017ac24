/** `deploy` of a service, `build` and `develop`. */
import { hooks } from './commands.ts';
import { grants, reservedDevices } from './entries.ts';
import { every, type Form, fields, items, map, shortOr } from './forms.ts';
import { extraHosts, keyValues, textList, variables } from './lists.ts';
import { contextPath, localPath } from './paths.ts';
import { count, decimal, duration, flag, flagOrText, size, text, whole } from './values.ts';

const rollout: Form = fields({ parallelism: count, delay: duration, monitor: duration, max_failure_ratio: decimal });

/** `deploy`. */
export const deploy: Form = fields({
  replicas: count,
  labels: keyValues,
  update_config: rollout,
  rollback_config: rollout,
  resources: fields({
    limits: fields({ cpus: decimal, memory: size, pids: whole }),
    reservations: fields({
      cpus: decimal,
      memory: size,
      devices: reservedDevices,
      generic_resources: items(fields({ discrete_resource_spec: fields({ kind: text, value: whole }) })),
    }),
  }),
  restart_policy: fields({ delay: duration, max_attempts: count, window: duration }),
  placement: fields({ max_replicas_per_node: count }),
});

/** `ulimits`: a number for both limits, or soft and hard. */
export const ulimits: Form = every((tree, path, setting) =>
  tree.kind === 'scalar' ? whole(tree, path, setting) : fields({ soft: whole, hard: whole })(tree, path, setting),
);

/** `build`: a folder, or a map. */
export const build: Form = shortOr(
  (context, { at }) => map({ context }, at),
  fields({
    context: contextPath,
    args: variables,
    ssh: variables,
    labels: keyValues,
    no_cache: flag,
    additional_contexts: (tree, path, setting) => {
      const made = keyValues(tree, path, setting);
      return made === undefined ? undefined : every(contextPath)(made, path, setting);
    },
    provenance: flagOrText,
    sbom: flagOrText,
    pull: flag,
    shm_size: size,
    extra_hosts: extraHosts,
    privileged: flag,
    secrets: grants,
    ulimits,
  }),
);

/** `develop`. */
export const develop: Form = fields({
  watch: items(fields({ path: localPath, ignore: textList, include: textList, exec: hooksOne() })),
});

function hooksOne(): Form {
  return (tree, path, setting) => {
    const made = hooks({ kind: 'list', items: [tree], at: tree.at }, path, setting);
    return made?.kind === 'list' ? made.items[0] : made;
  };
}
