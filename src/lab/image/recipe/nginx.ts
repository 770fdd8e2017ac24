/** nginx 1.30 of Debian forky, laid out like the official image: conf.d, logs to the container's output, user nginx. */

import { IMAGE_PATH, type Recipe } from './recipe.ts';

const NGINX_CONF = `include /etc/nginx/modules-enabled/*.conf;

user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;
    keepalive_timeout  65;

    include /etc/nginx/conf.d/*.conf;
}
`;

const DEFAULT_SITE = `server {
    listen       80;
    listen  [::]:80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
`;

const page = (text: string): string =>
  `<!DOCTYPE html>\n<html><head><title>${text}</title></head><body><h1>${text}</h1></body></html>\n`;

/** library/nginx:1.30 */
export const nginx: Recipe = {
  repository: 'library/nginx',
  tag: '1.30',
  source: 'forky',
  packages: ['nginx', 'nginx-common', 'libnginx-mod-stream', 'dash'],
  versionOf: 'nginx',
  programs: ['/usr/sbin/nginx', '/usr/lib/nginx/modules/ngx_stream_module.so', '/usr/bin/dash'],
  renamed: { '/usr/bin/dash': '/usr/bin/sh' },
  trees: ['/etc/nginx/mime.types', '/etc/nginx/fastcgi_params', '/etc/nginx/uwsgi_params', '/etc/nginx/scgi_params'],
  folders: [
    { path: '/var/lib/nginx' },
    { path: '/var/cache/nginx', owner: 101 },
    { path: '/var/log/nginx' },
    { path: '/docker-entrypoint.d' },
    { path: '/etc/nginx/modules-enabled' },
  ],
  files: [
    { path: '/etc/nginx/nginx.conf', text: NGINX_CONF },
    { path: '/etc/nginx/conf.d/default.conf', text: DEFAULT_SITE },
    {
      path: '/etc/nginx/modules-enabled/50-mod-stream.conf',
      text: 'load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n',
    },
    { path: '/usr/share/nginx/html/index.html', text: page('Welcome to nginx!') },
    { path: '/usr/share/nginx/html/50x.html', text: page('An error occurred.') },
    { path: '/docker-entrypoint.sh', text: '#!/bin/sh\nset -e\nexec "$@"\n', mode: 0o755 },
  ],
  links: { '/var/log/nginx/access.log': '/dev/stdout', '/var/log/nginx/error.log': '/dev/stderr' },
  user: { name: 'nginx', id: 101, home: '/nonexistent' },
  run: (version) => ({
    Env: [IMAGE_PATH, `NGINX_VERSION=${version}`],
    Entrypoint: ['/docker-entrypoint.sh'],
    Cmd: ['nginx', '-g', 'daemon off;'],
    ExposedPorts: { '80/tcp': {} },
    StopSignal: 'SIGQUIT',
  }),
};
