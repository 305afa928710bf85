#!/bin/sh
# Installs Minglu from this folder, without a network: verifies everything first, changes nothing before that,
# says what it does, and puts things back when it fails. POSIX sh; needs sha256sum, and openssl unless --digest
# is given.
#
# What this script is worth depends on who started it: it checks itself too, but a thief could have changed the
# check. The release sheet therefore has two lines to type by hand, which check this script before it runs; they
# are in README.txt.

set -u
umask 022
LC_ALL=C
export LC_ALL

here=$(cd "$(dirname "$0")" && pwd) || exit 2
state=${MINGLU_INSTALL_STATE:-/var/lib/minglu-install}
log=${MINGLU_INSTALL_LOG:-/var/log/minglu-install.log}
anchor=/etc/minglu/release-root.pem
parts=minglu
fingerprint='' digest='' mode=install older=''
lang=zh
case "${LANG:-}" in en*) lang=en ;; esac

say() { # 中文, English
	if [ "$lang" = zh ]; then printf '%s\n' "$1"; else printf '%s\n' "$2"; fi
	if [ -n "${logging:-}" ]; then printf '%s %s\n' "$(date -u +%FT%TZ)" "$2" >>"$log"; fi
}

refuse() { # 中文, English: nothing was changed
	say "未安装：$1 本机没有任何改动。" "Not installed: $2 Nothing on this machine was changed."
	exit 1
}

usage() {
	say '用法：sh install.sh [--fingerprint sha256:十六进制 | --digest 十六进制] [--parts "minglu minglu-hq"] [--check] [--rollback] [--older] [--lang zh|en]' \
		'Usage: sh install.sh [--fingerprint sha256:HEX | --digest HEX] [--parts "minglu minglu-hq"] [--check] [--rollback] [--older] [--lang zh|en]'
	exit 2
}

while [ $# -gt 0 ]; do
	case "$1" in
	--fingerprint) fingerprint=$(printf %s "${2#sha256:}" | tr 'A-F' 'a-f' | tr -d ': ') && shift ;;
	--digest) digest=$(printf %s "$2" | tr 'A-F' 'a-f' | tr -d ' ') && shift ;;
	--parts) parts=$2 && shift ;;
	--lang) lang=$2 && shift ;;
	--check) mode=check ;;
	--rollback) mode=rollback ;;
	--older) older=yes ;;
	*) usage ;;
	esac || usage
	shift || usage
done
for part in $parts; do
	case "$part" in minglu | minglu-hq | minglu-verify) ;; *) usage ;; esac
done

# --- is this what was built? ---------------------------------------------------------------------------------

# trusted compares the signature's root with the one the technician knows: by the fingerprint on the release
# sheet, by the root that an earlier installation left, or without openssl by the digest of the list itself.
trusted() {
	if [ -n "$digest" ]; then
		[ "$(sha256sum <"$here/SHA256SUMS" | cut -d' ' -f1)" = "$digest" ] || refuse \
			'SHA256SUMS 的摘要与发布单上的不同：这不是那份发布，或已被改动。' \
			'the digest of SHA256SUMS is not the one on the release sheet: this is another release, or it was changed.'
		return
	fi
	command -v openssl >/dev/null || refuse \
		'本机没有 openssl。请用 --digest 给出发布单上 SHA256SUMS 的摘要。' \
		'this machine has no openssl. Give the digest of SHA256SUMS from the release sheet with --digest.'
	root=$here/root.pem
	if [ -n "$fingerprint" ]; then
		found=$(openssl x509 -in "$root" -outform DER 2>/dev/null | sha256sum | cut -d' ' -f1)
		[ "$found" = "$fingerprint" ] || refuse \
			"发布根证书的指纹是 $found，与给出的不同：签名者不是贵单位。" \
			"the release root's fingerprint is $found, not the one given: another organisation signed this."
	elif [ -f "$anchor" ]; then
		root=$anchor
	else
		refuse '首次安装须用 --fingerprint 给出发布单上的指纹。' \
			'a first installation needs --fingerprint from the release sheet.'
	fi
	signer=$(mktemp) || refuse '无法写临时文件。' 'no temporary file can be written.'
	if ! said=$(openssl cms -verify -binary -inform DER -in "$here/SHA256SUMS.p7s" -content "$here/SHA256SUMS" \
		-CAfile "$root" -signer "$signer" -out /dev/null 2>&1); then
		rm -f "$signer"
		case "$said" in
		*expired*) refuse '发布证书已过期（或本机时钟错误）。请索取新的发布包，并核对本机时间。' \
			'the release certificate has expired, or this clock is wrong. Ask for a new bundle and check the time.' ;;
		*'not yet valid'*) refuse "本机时间是 $(date '+%F %T')，早于发布证书。请先校准时间。" \
			"this machine says it is $(date '+%F %T'), before the release certificate. Set the clock first." ;;
		esac
		refuse 'SHA256SUMS 的签名不成立：发布包被改动，或签名者不受信任。请重新索取。' \
			'the signature of SHA256SUMS does not hold: the bundle was changed, or its signer is not trusted. Get it again.'
	fi
	use=$(openssl x509 -in "$signer" -noout -text 2>/dev/null)
	rm -f "$signer"
	case "$use" in *'Code Signing'*) ;; *) refuse '签名证书不是发布证书。' 'the certificate that signed is not one for releases.' ;; esac
}

# whole compares every file with the list, and finds files that are not in it.
whole() { # folder
	bad=$(cd "$1" && sha256sum -c SHA256SUMS 2>&1 | grep -v ': OK$' | head -n 5)
	[ -z "$bad" ] || refuse "发布包不完整或被改动：
$bad
请重新复制。" "the bundle is incomplete or was changed:
$bad
Copy it again."
	listed=$(cut -c67- "$1/SHA256SUMS" | sort)
	there=$(cd "$1" && find . ! -type d | sed 's,^\./,,' | grep -v -x -e SHA256SUMS -e SHA256SUMS.p7s | sort)
	[ "$listed" = "$there" ] || refuse '发布包中有清单之外的文件，或缺少文件。' 'the bundle holds files that its list does not name, or lacks some.'
}

value() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$here/release.json"; }

verify() {
	for name in SHA256SUMS SHA256SUMS.p7s release.json root.pem; do
		[ -f "$here/$name" ] || refuse "缺少 $name。请重新复制整个文件夹。" "$name is missing. Copy the whole folder again."
	done
	trusted
	whole "$here"
	version=$(value version)
	built=$(value time)
	[ -n "$version" ] && [ -n "$built" ] || refuse 'release.json 无法读取。' 'release.json cannot be read.'
	say "发布包完好：明录 $version（$built）" "The bundle is whole: Minglu $version ($built)"
}

# --- is this machine ready? ----------------------------------------------------------------------------------

need_mb=600

# debian finds which of the bundle's folders of dependencies fits this system.
debian() {
	arch=$(dpkg --print-architecture)
	code=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null | tr -d '"')
	depends=debian/$code-$arch
	if [ ! -d "$here/$depends" ]; then
		depends=''
		say "发布包没有 ${code:-本系统} 的依赖软件包，只用本机已有的。" "The bundle has no dependencies for ${code:-this system}; those on this machine must do."
	fi
}

ready() {
	[ "$(id -u)" = 0 ] || refuse '请用 root 运行（sudo sh install.sh …）。' 'run this as root (sudo sh install.sh …).'
	command -v dpkg >/dev/null && command -v apt-get >/dev/null || refuse \
		'本机不用 dpkg/apt。rpm 系统请核验后执行：rpm -Uvh packages/*.rpm' \
		'this machine has no dpkg and apt. On an rpm system verify first (--check), then: rpm -Uvh packages/*.rpm'
	now=$(date -u +%FT%TZ)
	[ "$(printf '%s\n%s\n' "$built" "$now" | sort | head -n 1)" = "$built" ] || refuse \
		"本机时间是 $now，早于发布时间 $built。请先校准时间。" "this machine says it is $now, before this release was made ($built). Set the clock first."
	for exe in /proc/[0-9]*/exe; do
		case "$(readlink "$exe" 2>/dev/null)" in /usr/lib/minglu/minglu-agent*)
			refuse '可能正在录制。请先结束并封存录制、关闭窗口。' 'a recording may be under way. Stop and seal it and close the window first.' ;;
		esac
	done
	free=$(df -Pm /var | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$need_mb" ] || refuse "/var 只剩 $free MB，需要 $need_mb MB。" "/var has $free MB left; $need_mb MB are needed."
	debian
	for part in $parts; do
		[ -f "$here/packages/${part}_${version}_$arch.deb" ] || refuse "发布包没有 $part 的 $arch 版本。" "the bundle has no $part for $arch."
		have=$(installed "$part")
		if [ -z "$older" ] && [ -n "$have" ] && dpkg --compare-versions "$have" gt "$version"; then
			refuse "已装 $part $have，比 $version 新。旧程序读不了新数据；确需退回请加 --older。" \
				"$part $have is installed, newer than $version. Older programs cannot read newer data; add --older if you must go back."
		fi
	done
	mkdir -p "$state" && : >>"$log" || refuse '无法写入 /var/lib 或 /var/log（只读磁盘？）。' '/var/lib or /var/log cannot be written (a read-only disk?).'
	logging=yes
}

installed() { dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" 2>/dev/null | sed -n 's/^installed //p'; }

# --- change it -----------------------------------------------------------------------------------------------

all_packages() { dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort; }

# stage copies what will be installed to this disk and verifies it there: a stick may be pulled out or lie.
stage() {
	rm -rf "$state/stage"
	mkdir -p "$state/stage/packages" "$state/stage/debian" || return 1
	cp "$here"/packages/*_"$arch".deb "$here"/packages/*_"$arch".files "$state/stage/packages/" || return 1
	if [ -n "$depends" ]; then cp "$here/$depends"/* "$state/stage/debian/" || return 1; fi
	cp "$here/SHA256SUMS" "$here/SHA256SUMS.p7s" "$here/root.pem" "$here/release.json" "$state/stage/" || return 1
	for file in "$state/stage/packages"/*; do same "packages/${file##*/}" "$file" || return 1; done
	for file in "$state/stage/debian"/*; do [ ! -f "$file" ] || same "$depends/${file##*/}" "$file" || return 1; done
	sync
}

same() { # name in the list, file
	want=$(awk -v n="$1" 'substr($0, 67) == n { print $1 }' "$here/SHA256SUMS")
	[ -n "$want" ] && [ "$(sha256sum <"$2" | cut -d' ' -f1)" = "$want" ]
}

# apt installs from the staged folder alone: no list of this machine is read, no network asked.
apt() {
	mkdir -p "$state/apt/lists/partial" "$state/apt/cache/partial" || return 1
	echo "deb [trusted=yes] file:$state/stage/debian ./" >"$state/apt/sources.list"
	[ -n "$depends" ] || : >"$state/apt/sources.list"
	set -- -o "Dir::Etc::sourcelist=$state/apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$state/apt/lists" \
		-o "Dir::Cache::archives=$state/apt/cache" -o APT::Sandbox::User=root -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold \
		-o DPkg::Lock::Timeout=60 -o Acquire::Languages=none "$@"
	DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >>"$log" 2>&1 </dev/null
}

install_parts() {
	rm -rf "$state/apt"
	apt update || return 1
	files=''
	for part in $parts; do files="$files $state/stage/packages/${part}_${version}_$arch.deb"; done
	# the verifier comes with the client
	case " $parts " in *' minglu '*) files="$files $state/stage/packages/minglu-verify_${version}_$arch.deb" ;; esac
	# What a killed installation left half unpacked stops apt; whole again, apt goes on with what it lacks.
	# shellcheck disable=SC2086 # one word a file: none has a blank
	if [ -n "${resumed:-}" ]; then
		dpkg --unpack --force-depends --force-confold $files >>"$log" 2>&1 </dev/null &&
			apt --no-install-recommends --fix-broken install || return 1
	fi
	# shellcheck disable=SC2086
	apt --allow-downgrades --no-install-recommends install $files
}

# proven asks what was installed whether it is what was built, and whether every program starts.
proven() {
	for part in $parts; do
		[ "$(installed "$part")" = "$version" ] || return 1
		(cd / && sha256sum --quiet -c "$state/stage/packages/${part}_${version}_$arch.files" >>"$log" 2>&1) || return 1
		"/usr/lib/minglu/$part" --version >>"$log" 2>&1 || return 1
	done
	case " $parts " in *' minglu '*) starts minglu-agent && starts minglu-desk ;; esac
}

# starts says whether a program that has no question for us loads at all.
starts() {
	"/usr/lib/minglu/$1" --help </dev/null >>"$log" 2>&1
	[ $? -lt 126 ]
}

# rooms lists the homes of rooms, where the programs put them and where "minglu" was told to keep them.
rooms() {
	{
		for home in /var/lib/minglu/*; do echo "$home"; done
		getent passwd | cut -d: -f6 | sort -u | sed 's,$,/.local/share/minglu,'
	} | while read -r home; do [ ! -e "$home/room.json" ] || echo "$home"; done
}

# ill lists what the installed doctor finds failing in each room's home, of what an installation can spoil: the
# home, a tab, the check. A "?" stands for a doctor that is not there or knows no such question.
ill() {
	rooms | while read -r home; do
		owner=$(stat -c '%u' "$home") group=$(stat -c '%g' "$home")
		said=$(setpriv --reuid "$owner" --regid "$group" --clear-groups env HOME="$home" \
			/usr/lib/minglu/minglu doctor --installed --json --home "$home" 2>>"$log" </dev/null)
		case "$said" in
		*'"event":"doctor"'*) printf '%s\n' "$said" | sed -n 's/.*"check":"\([^"]*\)","state":"fail".*/\1/p' ;;
		*) echo '?' ;;
		esac | while read -r check; do printf '%s\t%s\n' "$home" "$check"; done
	done
}

# well compares the new doctor's findings with the old one's: what fails since this installation is its fault. The
# rooms' tables are copied first, since the new programs may change their form.
well() {
	case " $parts " in *' minglu '*) ;; *) return 0 ;; esac
	rm -rf "$state/tables" && mkdir -p "$state/tables" || return 1
	rooms | while read -r home; do
		copy=$state/tables/$(printf %s "$home" | tr / _)
		mkdir "$copy" && printf '%s\n' "$home" >"$copy/home" || exit 1
		for file in "$home"/*.db "$home"/*.db-wal; do [ ! -f "$file" ] || cp -p "$file" "$copy/" || exit 1; done
	done || return 1
	ill >"$state/ill.now"
	worse=$(awk -F '\t' 'FILENAME == ARGV[1] { was[$0] = 1; if ($2 == "?") dark[$1] = 1; next } !was[$0] && !dark[$1]' "$state/ill" "$state/ill.now")
	[ -z "$worse" ] && return
	say "新版本的体检不通过：$worse" "The new version's doctor fails: $worse"
	return 1
}

# tables_back undoes what the new programs did to the rooms' tables.
tables_back() {
	for copy in "$state/tables"/*; do
		[ -f "$copy/home" ] || continue
		read -r home <"$copy/home"
		rm -f "$home"/*.db-wal "$home"/*.db-shm
		for file in "$copy"/*.db "$copy"/*.db-wal; do [ ! -f "$file" ] || cp -p "$file" "$home/"; done
	done
	rm -rf "$state/tables"
}

# keep leaves what the next rollback and the doctor need.
keep() {
	rm -rf "$state/kept/$version.new" && mkdir -p "$state/kept/$version.new" &&
		cp "$state/stage/packages"/* "$state/stage/SHA256SUMS" "$state/stage/SHA256SUMS.p7s" "$state/stage/root.pem" \
			"$state/stage/release.json" "$state/kept/$version.new/" && rm -rf "$state/kept/$version" &&
		mv "$state/kept/$version.new" "$state/kept/$version" && tell_release "$version" &&
		mkdir -p /etc/minglu && anchored && forget && rm -rf "$state/stage" "$state/apt" "$state/tables"
}

# tell_release leaves the signed list of a kept version where the doctor reads which release this machine has.
tell_release() { # version
	rm -rf "$state/release.new" && mkdir "$state/release.new" &&
		cp "$state/kept/$1"/SHA256SUMS "$state/kept/$1"/SHA256SUMS.p7s "$state/kept/$1"/root.pem "$state/kept/$1"/release.json \
			"$state/kept/$1"/*.files "$state/release.new/" && rm -rf "$state/release" && mv "$state/release.new" "$state/release"
}

# anchored keeps the root by which the next bundle is judged: the first one, or one that a person has compared.
anchored() { { [ -f "$anchor" ] && [ -z "$fingerprint$digest" ]; } || cp "$state/stage/root.pem" "$anchor"; }

# forget leaves this version and the one before for a rollback.
forget() {
	for dir in "$state/kept"/*; do
		v=${dir##*/}
		[ "$v" = "$version" ] || grep -q " $v\$" "$state/before" || rm -rf "$dir"
	done
}

# put_back returns to the versions that were there, or to none.
put_back() {
	say '安装失败，正在恢复原状……' 'The installation failed; putting things back …'
	DEBIAN_FRONTEND=noninteractive dpkg --configure -a --force-confold >>"$log" 2>&1 </dev/null
	back='' gone=''
	while read -r part was; do
		if [ "$was" = none ]; then
			gone="$gone $part"
		elif [ "$(installed "$part")" != "$was" ]; then
			file=$state/kept/$was/${part}_${was}_$(dpkg --print-architecture).deb
			[ -f "$file" ] && back="$back $file"
		fi
	done <"$state/before"
	# shellcheck disable=SC2086
	{
		[ -z "$back" ] || dpkg -i $back >>"$log" 2>&1 </dev/null
		if [ -f "$state/packages" ]; then
			all_packages >"$state/packages.now"
			gone="$gone $(comm -13 "$state/packages" "$state/packages.now" | tr '\n' ' ')"
		fi
		for part in $gone; do names="${names:-} $part"; done
		[ -z "${names:-}" ] || dpkg --remove --force-depends $names >>"$log" 2>&1 </dev/null
	}
	while read -r part was; do
		now=$(installed "$part")
		[ "${now:-none}" = "$was" ] || {
			say "恢复未完成：$part 应为 $was，现为 ${now:-无}。见 $log。" "Not all was put back: $part should be $was and is ${now:-none}. See $log."
			exit 2
		}
	done <"$state/before"
	tables_back
	rm -rf "$state/release"
	for part in minglu minglu-hq minglu-verify; do
		was=$(installed "$part")
		[ ! -f "$state/kept/$was/SHA256SUMS" ] || tell_release "$was" || exit 2
	done
	rm -rf "$state/before" "$state/ill" "$state/ill.now" "$state/packages" "$state/packages.now" "$state/stage" "$state/apt"
	say '已恢复原状。' 'Everything is as it was.'
	exit 1
}

change() {
	rm -rf "$state/tables" # of a try that was killed: the rooms may have worked since
	if [ -f "$state/before" ]; then
		say '上次安装被中断，现在继续。' 'The last installation was interrupted; going on with it.'
		resumed=yes
		DEBIAN_FRONTEND=noninteractive dpkg --configure -a --force-confold >>"$log" 2>&1 </dev/null
	else
		for part in minglu minglu-hq minglu-verify; do
			was=$(installed "$part")
			echo "$part ${was:-none}"
		done >"$state/before.new"
		all_packages >"$state/packages"
		ill >"$state/ill"
		sync
		mv "$state/before.new" "$state/before"
	fi
	trap 'put_back' INT TERM HUP
	stage || {
		rm -rf "$state/stage" "$state/before" "$state/ill" "$state/packages"
		refuse '复制到本机时出错（磁盘满、介质损坏或被拔出）。' 'copying to this disk failed (disk full, or the medium is damaged or was pulled out).'
	}
	say "正在安装 $parts $version……" "Installing $parts $version …"
	install_parts && proven && well && keep || put_back
	trap - INT TERM HUP
	rm -f "$state/before" "$state/ill" "$state/ill.now" "$state/packages"
	for part in $parts; do say "已安装 $part $version" "Installed $part $version"; done
	say '下一步：minglu doctor' 'Next: minglu doctor'
}

# rollback installs the version before the present one again.
rollback() {
	[ "$(id -u)" = 0 ] || refuse '请用 root 运行。' 'run this as root.'
	present=$(installed minglu)
	present=${present:-$(installed minglu-hq)}
	previous=''
	for dir in "$state/kept"/*; do
		v=${dir##*/}
		[ -d "$dir" ] && dpkg --compare-versions "$v" lt "$present" || continue
		if [ -z "$previous" ] || dpkg --compare-versions "$v" gt "$previous"; then previous=$v; fi
	done
	[ -n "$previous" ] || refuse '本机没有保存更早的版本。' 'this machine keeps no earlier version.'
	: >>"$log" && logging=yes
	files=''
	for part in minglu minglu-hq minglu-verify; do
		[ -z "$(installed "$part")" ] || files="$files $state/kept/$previous/${part}_${previous}_$(dpkg --print-architecture).deb"
	done
	# shellcheck disable=SC2086
	if ! dpkg -i $files >>"$log" 2>&1 </dev/null; then
		say "退回 $previous 失败，见 $log。" "Going back to $previous failed; see $log."
		exit 2
	fi
	for part in minglu minglu-hq minglu-verify; do
		[ -z "$(installed "$part")" ] || (cd / && sha256sum --quiet -c "$state/kept/$previous/${part}_${previous}_$(dpkg --print-architecture).files") || exit 2
	done
	tell_release "$previous" || exit 2
	say "已退回 $previous" "Went back to $previous"
}

# Everything above is read before anything runs, so that a script cut short in copying does nothing.
case "$mode" in
check) verify ;;
rollback) rollback ;;
install)
	verify
	ready
	change
	;;
esac
exit 0
