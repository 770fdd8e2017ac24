/** The files of `fleet init`: one line of comment for each thing that a newcomer asks about. */
import { posix } from 'node:path';
import { stringify } from 'yaml';
import { STARTER_FILES, type StarterHost, type StarterInventory, type StarterPlaybook } from '../../model/starter.ts';

/** The inventory as a file. */
export function inventoryText({ hosts, user }: StarterInventory): string {
  return `${schemaLine(STARTER_FILES.inventory, STARTER_FILES.inventorySchema)}
# The machines. What is left out comes from ~/.ssh/config, the ssh-agent and ssh's own defaults.
${user === undefined ? '' : defaultsText(user)}
hosts:
  # An edge takes traffic from outside, a worker runs replicas; a host may be both. A host without roles is a worker.
${hosts.map(hostText).join('')}`;
}

function defaultsText(user: string): string {
  return `
# For all hosts; what a host says itself wins.
defaults:
  # A login in the group docker; fleet never needs root.
  user: ${scalar(user)}
`;
}

function hostText({ name, address, isEdge }: StarterHost): string {
  const lines = [
    `  ${scalar(name)}:`,
    ...(address === undefined ? [] : [`    address: ${scalar(address)}`]),
    ...(isEdge ? ['    roles: [edge, worker]'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** The playbook as a file. */
export function playbookText({ app, service, image, port }: StarterPlaybook): string {
  return `${schemaLine(STARTER_FILES.playbook, STARTER_FILES.playbookSchema)}
# A playbook is a Compose file; what Compose has no word for stands under x-fleet, which Compose passes over.
name: ${scalar(app)}

services:
  ${scalar(service)}:
    # A deploy rolls out what changed here: name another tag, then fleet deploy.
    image: ${scalar(image)}
    # Published on the edge hosts. Between services no ports are needed: http://${service}:${port} works for all of them.
    ports: ["${port}:${port}"]
    # For how long a replica may finish what it is at before it is stopped.
    stop_grace_period: 10s
    deploy:
      # How many run at once, spread over the hosts.
      replicas: 2
      resources:
        # The room that each replica is given; a host that has less left is passed over.
        reservations: { cpus: "0.10", memory: 64M }
    # HTTP by host name and path instead of ports:
    # x-fleet: { ingress: [{ host: www.example.com, path: /, port: ${port} }] }
`;
}

/** What editors with the YAML language server read: completion and checks while typing. */
function schemaLine(file: string, schema: string): string {
  return `# yaml-language-server: $schema=${posix.relative(posix.dirname(file), schema)}`;
}

/** A text as YAML, in quotes where it needs them. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trimEnd();
}
