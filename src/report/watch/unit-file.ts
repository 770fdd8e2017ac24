/** The systemd unit of a watcher, run by an ordinary user (systemd.service(5), systemd.exec(5)). */

/** What stands in the unit. */
export interface UnitFacts {
  /** Absolute paths. */
  readonly node: string;
  readonly fleet: string;
  readonly inventory: string;
  /** Folder that relative paths in the inventory begin at. */
  readonly cwd: string;
  readonly home: string;
  readonly user: string;
  /** Further words of `fleet watch`; none of them may be a secret. */
  readonly options: readonly string[];
}

/** The unit file. Ends with a newline. */
export function formatUnit({ node, fleet, inventory, cwd, home, user, options }: UnitFacts): string {
  const words = [node, fleet, '--inventory', inventory, '--no-color', 'watch', ...options];
  return `# sudo tee /etc/systemd/system/fleet-watch.service, then: sudo systemctl enable --now fleet-watch
# What must not stand here (FLEET_WEBHOOK=https://…, SSH_AUTH_SOCK=…) goes into ${home}/.config/fleet/watch.env
[Unit]
Description=fleet keeps containers as they were declared
Wants=network-online.target
After=network-online.target
# However often it ends, it is started again.
StartLimitIntervalSec=0

[Service]
Type=simple
User=${user}
WorkingDirectory=${path(cwd)}
EnvironmentFile=-${path(home)}/.config/fleet/watch.env
ExecStart=${words.map(unitWord).join(' ')}
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=2
# A repair that is under way is finished or taken back; what is left after that, the next watcher finishes.
KillMode=mixed
TimeoutStopSec=60
# It needs SSH to the hosts, the user's keys, agent and known_hosts, and nothing else. It writes no file.
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=no
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictSUIDSGID=yes
LockPersonality=yes
CapabilityBoundingSet=

[Install]
WantedBy=multi-user.target
`;
}

/** A path alone is taken as it stands, but for specifiers. */
function path(text: string): string {
  return text.replaceAll('%', '%%');
}

/** A word as systemd reads it back: quoted where it has to be; % and $ mean nothing. */
function unitWord(word: string): string {
  const plain = path(word).replaceAll('\\', '\\\\').replaceAll('$', '$$$$');
  return /^[A-Za-z0-9_@%+=:,./$-]+$/.test(plain) ? plain : `"${plain.replaceAll('"', '\\"')}"`;
}
