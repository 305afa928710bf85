#!/bin/sh
# Runs in namespaces of its own, so that its mounts and whatever it leaves running end with it: a command of README,
# in a Debian that has Go and nothing else.
set -e
root=$1 goroot=$2 modules=$3 command=$4
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mkdir -p "$root/usr/local/go" "$root/root/go/pkg/mod"
mount --bind "$goroot" "$root/usr/local/go"
mount --bind "$modules" "$root/root/go/pkg/mod"
authorities=
if [ -n "$SSL_CERT_FILE" ]; then # a machine behind a proxy has authorities of its own
	authorities=SSL_CERT_FILE=/authorities.pem
	cp "$SSL_CERT_FILE" "$root/authorities.pem"
fi
# The shell stays, as the first process of its namespace: it is the one that ends what was left by its parents.
exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	$authorities GOPROXY="$GOPROXY" http_proxy="$http_proxy" https_proxy="$https_proxy" no_proxy="$no_proxy" \
	sh -c "cd /minglu && $command; exit \$?"
