/** The layer below every image: busybox with the everyday commands, Debian's users, /tmp. And library/busybox:1. Pure. */

import { IMAGE_PATH, type Recipe, type RecipeFile } from './recipe.ts';

/**
 * The commands that the official Debian images have too, give or take wget and nc for health checks. The network's own (ip, route)
 * are left out: what they would do in a practice host would fail with the official images.
 */
export const EVERYDAY_COMMANDS =
  `awk base64 basename cat chgrp chmod chown chroot clear cp cut date dd df diff dirname du echo env expr false find free
  getopt grep egrep fgrep groups gunzip gzip head hostname id install kill killall less link ln ls md5sum mkdir mkfifo mknod
  mktemp more mount mv nc nice nohup nproc nslookup od paste pgrep pidof pkill printenv printf ps pwd readlink realpath rm rmdir
  sed seq setsid sh sha256sum sleep sort stat stty sync tail tar tee test timeout top touch tr true truncate tty umount uname
  uniq unlink uptime usleep vi wc wget which whoami xargs yes zcat [`.split(/\s+/);

/** Folder links of a merged /usr. */
export const MERGED_USR: Readonly<Record<string, string>> = {
  '/bin': 'usr/bin',
  '/lib': 'usr/lib',
  '/lib64': 'usr/lib64',
  '/sbin': 'usr/sbin',
};

/** The users and groups of an image: Debian's, and the image's own. */
export function userFiles(user: Recipe['user']): RecipeFile[] {
  const own = user === undefined ? [] : [`${user.name}:x:${user.id}:${user.id}::${user.home}:/bin/sh`];
  const ownGroup = user === undefined ? [] : [`${user.name}:x:${user.id}:`];
  const users = [
    'root:x:0:0:root:/root:/bin/sh',
    'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
    'bin:x:2:2:bin:/bin:/usr/sbin/nologin',
    'www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin',
    ...own,
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
  ];
  const groups = [
    'root:x:0:',
    'daemon:x:1:',
    'bin:x:2:',
    'tty:x:5:',
    'www-data:x:33:',
    ...ownGroup,
    'nogroup:x:65534:',
  ];
  return [
    { path: '/etc/passwd', text: `${users.join('\n')}\n` },
    { path: '/etc/group', text: `${groups.join('\n')}\n` },
    { path: '/etc/nsswitch.conf', text: 'passwd: files\ngroup: files\nhosts: files dns\n' },
  ];
}

/** library/busybox:1 */
export const busybox: Recipe = {
  repository: 'library/busybox',
  tag: '1',
  source: 'bookworm',
  packages: ['busybox-static'],
  versionOf: 'busybox-static',
  programs: [],
  run: () => ({ Env: [IMAGE_PATH], Cmd: ['sh'] }),
};
