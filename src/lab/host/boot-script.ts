/** The shell texts that a practice host boots with: from the machine's namespaces into its own root, then its services. Pure. */

/**
 * What is hidden of the machine a host is made from: each path shows as absent in the host until the host makes it anew.
 * Everything at the top level that no Debian system needs is hidden as well.
 */
export const HIDDEN: readonly string[] = [
  'etc/bash.bashrc',
  'etc/docker',
  'etc/profile.d',
  'etc/ssh',
  'etc/resolv.conf',
  'etc/sudoers.d',
  'var/cache',
  'var/lib/containerd',
  'var/lib/docker',
  'var/lib/docker-registry',
  'var/lib/fleet-lab',
  'var/lib/postgresql',
  'var/log',
  'var/mail',
  'var/spool',
  'var/tmp',
];

/** Top-level folders whose content a host shares with the machine. */
export const SHARED: readonly string[] = ['bin', 'etc', 'lib', 'lib32', 'lib64', 'libx32', 'sbin', 'usr', 'var'];

/**
 * What a host boots from, and boots from again when it reboots itself: the machine it is in, so to speak. It runs in the
 * host's network, where power loss finds it; a reboot of the first process of a pid namespace ends that by SIGHUP
 * (reboot(2)). Arguments: the host's cgroup, the boot script and its arguments.
 */
export const CHASSIS_SCRIPT = `
cgroup=$1; shift
while :; do
  unshare --mount --uts --pid --ipc --fork --kill-child /bin/sh "$@"
  code=$?
  [ $code = 129 ] || exit $code
  sleep 1
  for folder in /sys/fs/cgroup/$cgroup /sys/fs/cgroup/*/$cgroup; do
    [ ! -d "$folder" ] || find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null
  done
  for bridge in $(ip -o link show type bridge | cut -d ' ' -f 2 | tr -d :); do ip link delete "$bridge"; done
  for table in filter nat mangle raw; do iptables -w -t $table -F; iptables -w -t $table -X; done 2>/dev/null
  ip route flush table local proto boot
  ip link set lo down; ip link set lo up
done
`;

/**
 * The first program in a host's namespaces. Arguments: the host's folder, its name, the hidden paths.
 * Mounts an overlay of / as the root, fills it at the first boot, gives it its own /proc, /sys, /dev, /run and /tmp,
 * moves into it and becomes busybox init, which reaps orphans and starts the services of /etc/inittab again when they end.
 */
export const BOOT_SCRIPT = `set -eu
home=$1; name=$2; shift 2
mount --make-rprivate /
if [ ! -e "$home/filled" ]; then
  rm -rf "$home/upper" "$home/work"
  mkdir -p "$home/upper" "$home/work" "$home/root" "$home/docker" "$home/log"
  for path in "$@"; do
    case $path in */*) mkdir -p "$home/upper/\${path%/*}" ;; esac
    mknod "$home/upper/$path" c 0 0
  done
fi
mkdir -p "$home/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$home/upper,workdir=$home/work" "$home/root"
cd "$home/root"
if [ ! -e "$home/filled" ]; then
  mkdir -p proc sys dev run tmp mnt old-root var/lib/docker var/log var/tmp
  cp -a "$home/seed/." .
  touch "$home/filled"
fi
mount --bind "$home/docker" var/lib/docker
mount --bind "$home/log" var/log
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount -t tmpfs -o mode=755,nosuid tmpfs run
mount -t tmpfs -o mode=1777,nosuid tmpfs tmp
mount -t tmpfs -o mode=755,nosuid tmpfs dev
mkdir dev/pts dev/shm dev/mqueue run/sshd run/lock
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm
mount -t mqueue mqueue dev/mqueue
for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  IFS=: read -r file major minor <<DEVICE
$device
DEVICE
  mknod -m 666 "dev/$file" c "$major" "$minor"
done
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
hostname "$name"
pivot_root . old-root
cd /
umount -l /old-root
export CONSOLE=/dev/null
exec /usr/bin/busybox init
`;

/** busybox init: starts the services and starts them again when they end, as systemd does on a real host. */
export const INITTAB = `::respawn:/etc/fleet-lab/sshd
::respawn:/etc/fleet-lab/dockerd
`;

/** sshd with Debian's stock settings; only keys, and no look-ups of names. */
export const SSHD_CONFIG = `HostKey /etc/ssh/ssh_host_ed25519_key
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
X11Forwarding yes
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
`;

/** systemd's own would look for systemd. */
export const REBOOT_PROGRAM = `#!/bin/sh
exec /usr/bin/busybox reboot "$@"
`;

/** The usual rule of cloud images: their user becomes root without a password. */
export const SUDO_RULE = 'deploy ALL=(ALL) NOPASSWD: ALL\n';

/** Starts sshd, in the foreground of its init. */
export const SSHD_SERVICE = `#!/bin/sh
exec /usr/sbin/sshd -D -e >>/var/log/sshd.log 2>&1
`;

/** Starts dockerd; a pid file left by a power loss would keep it from starting. */
export const DOCKERD_SERVICE = `#!/bin/sh
rm -f /run/docker.pid /var/run/docker.pid
exec /usr/sbin/dockerd >>/var/log/dockerd.log 2>&1
`;
