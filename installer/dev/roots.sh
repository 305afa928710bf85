# Runs inside a bare Debian without a network: a technician's day, from the stick to the purge. $1 the trust
# option, $2 its value for the first bundle, $3 for the second; /old and /new are the bundles. Every step says
# what it saw; the first that is wrong ends it.
step() { printf 'STEP %s %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$*"; }
wrong() { printf 'WRONG %s\n' "$*"; [ ! -f /var/log/minglu-install.log ] || tail -n 40 /var/log/minglu-install.log; exit 1; }
expect() { # exit code, command …
	code=$1; shift
	said=$("$@" 2>&1) && got=0 || got=$?
	[ "$got" = "$code" ] || wrong "exit $got, want $code: $*: $said"
}
# as_built asks the doctor whether the installed files are those of the release that is said to be here.
as_built() { minglu doctor --release --json --home /none >/tmp/release.json && return; wrong "$(grep '"fail"' /tmp/release.json)"; }
# quiet waits until the recorder has gone home.
quiet() { for i in $(seq 40); do ls -l /proc/[0-9]*/exe 2>/dev/null | grep -q minglu-agent || return 0; sleep 0.5; done; wrong "the recorder does not end"; }
version() { dpkg-query -W -f '${db:Status-Status} ${Version}' "$1"; }
as() { runuser -u "$1" -- env HOME="$2" LANG=en_US.UTF-8 sh -c "$3"; }
one=$(sed 's/.*"version":"\([^"]*\)".*/\1/' /old/release.json) two=$(sed 's/.*"version":"\([^"]*\)".*/\1/' /new/release.json)

step install "$one" from the bundle
expect 0 sh /old/install.sh "$1" "$2" --parts "minglu minglu-hq" --lang en
printf '%s\n' "$said"
[ "$(version minglu)" = "installed $one" ] || wrong "$(version minglu)"
systemctl --version >/dev/null 2>&1 && systemd-analyze verify minglu-hq.service

step doctor of the bare machine
useradd -m officer
minglu doctor --json --home /home/officer/.local/share/minglu >/tmp/doctor.json || true
grep -o '"check":"[^"]*","state":"[^"]*"' /tmp/doctor.json
grep -q '"check":"release","state":"ok"' /tmp/doctor.json || wrong "the release check is not ok: $(grep release /tmp/doctor.json)"
grep -q '"check":"programs","state":"ok"' /tmp/doctor.json || wrong "programs: $(grep programs /tmp/doctor.json)"

step headquarters
runuser -u minglu-hq -- minglu-hq init --data /var/lib/minglu-hq --name 示例市税务局 >/tmp/init.json 2>/dev/null || wrong init
print=$(sed -n 's/.*"ca_fingerprint":"\([^"]*\)".*/\1/p' /tmp/init.json)
serve() { runuser -u minglu-hq -- minglu-hq serve --data /var/lib/minglu-hq --listen 127.0.0.1:8443 >/tmp/hq.log 2>&1 & hq=$!; for i in 1 2 3 4 5 6 7 8 9 10; do grep -q listening /tmp/hq.log && return; sleep 0.5; done; wrong "$(cat /tmp/hq.log)"; }
silence() { kill "$hq"; wait "$hq" || true; : >/tmp/hq.log; }
serve
code=$(runuser -u minglu-hq -- minglu-hq invite --data /var/lib/minglu-hq --room R1 --title 一号约谈室 2>/dev/null | sed -n 's/.*"code":"\([^"]*\)".*/\1/p')

step set up the room by a file
cat >/tmp/answers.json <<J
{"v":1,"language":"zh","hq":"https://127.0.0.1:8443","code":"$code","ca_fingerprint":"$print","cameras":["synth:"],"microphone":"synth:","trial":true}
J
home=/home/officer/.local/share/minglu
as officer /home/officer "minglu setup --home $home --file /tmp/answers.json" || wrong "setup"

record() { as officer /home/officer "minglu record --home $home --item I03 --case C-1 --taxpayer 示例公司 --person 张三 --officer 甲:A1 --officer 乙:B2 --camera synth: --mic synth: --for $1" >/tmp/record.json 2>/tmp/record.err || wrong "$(cat /tmp/record.err)"; sed -n 's/.*"event":"sealed","id":"\([^"]*\)".*/\1/p' /tmp/record.json; }
step record 10 s
id=$(record 10s)
[ -n "$id" ] || wrong "nothing was sealed: $(cat /tmp/record.json)"

step purge is refused while there is no receipt
silence
id2=$(record 3s)
expect 100 apt-get -q -y purge minglu
printf '%s\n' "$said" | grep -q "$id2" || wrong "the refusal does not name $id2: $said"
[ "$(version minglu)" = "installed $one" ] || wrong "after a refused purge: $(version minglu)"
minglu --version >/dev/null || wrong "minglu does not run after a refused purge"

step sync to receipts
serve
as officer /home/officer "minglu sync --home $home --until-empty" >/tmp/sync.json 2>&1 || wrong "$(cat /tmp/sync.json)"
[ "$(grep -c '"event":"receipt"' /tmp/sync.json)" -ge 2 ] || wrong "$(cat /tmp/sync.json)"
as officer /home/officer "minglu-verify --root $home/root.pem $home/vault/$id" | head -n 1

step upgrade to "$two"
silence
expect 0 sh /new/install.sh "$1" "$3" --parts "minglu minglu-hq" --lang en
[ "$(version minglu-hq)" = "installed $two" ] || wrong "$(version minglu-hq)"
serve
id3=$(record 3s)
as officer /home/officer "minglu sync --home $home --until-empty" >/tmp/sync.json 2>&1 || wrong "$(cat /tmp/sync.json)"
list() { as officer /home/officer "minglu list --home $home" | grep -c '"state":"received"'; }
want=$(list)
[ "$want" -ge 3 ] || wrong "$want received after the upgrade"

step an older bundle is refused
silence
expect 1 sh /old/install.sh "$1" "$2" --parts "minglu minglu-hq" --lang en
printf '%s\n' "$said" | tail -n 1
[ "$(version minglu)" = "installed $two" ] || wrong "$(version minglu)"

step roll back to "$one"
expect 0 sh /new/install.sh --rollback --lang en
[ "$(version minglu)" = "installed $one" ] || wrong "$(version minglu)"
as_built
[ "$(list)" = "$want" ] || wrong "recordings lost in the rollback"
serve
runuser -u minglu-hq -- minglu-hq check --data /var/lib/minglu-hq 2>/dev/null | tail -n 1
silence

step a version whose doctor fails is put back
cp -r /new /bad && chmod -R u+w /bad && rm -rf /tmp/deb
dpkg-deb -R /bad/packages/minglu_"$two"_amd64.deb /tmp/deb
mv /tmp/deb/usr/lib/minglu/minglu /tmp/deb/usr/lib/minglu/true-minglu
cat >/tmp/deb/usr/lib/minglu/minglu <<'S'
#!/bin/sh
if [ "$1" = doctor ]; then /usr/lib/minglu/true-minglu "$@" | sed 's/"check":"vault","state":"ok"/"check":"vault","state":"fail"/'; exit 1; fi
exec /usr/lib/minglu/true-minglu "$@"
S
chmod 755 /tmp/deb/usr/lib/minglu/minglu
dpkg-deb -Znone -b /tmp/deb /bad/packages/minglu_"$two"_amd64.deb >/dev/null
(cd /tmp/deb && sha256sum usr/lib/minglu/*) >/tmp/lists
(cd /bad/packages && grep -v ' usr/lib/minglu/minglu$' minglu_"$two"_amd64.files >/tmp/rest; cat /tmp/rest >minglu_"$two"_amd64.files; grep '/minglu$' /tmp/lists >>minglu_"$two"_amd64.files)
(cd /bad && rm SHA256SUMS && find . -type f ! -name SHA256SUMS.p7s ! -name SHA256SUMS | sed 's,^\./,,' | sort | xargs sha256sum >/tmp/sums && mv /tmp/sums SHA256SUMS)
expect 1 sh /bad/install.sh --digest "$(sha256sum </bad/SHA256SUMS | cut -d' ' -f1)" --parts "minglu minglu-hq" --lang en
printf '%s\n' "$said" | tail -n 4
printf '%s\n' "$said" | grep -q "doctor fails: $home	vault" || wrong "not the doctor stopped it: $said"
[ "$(version minglu)" = "installed $one" ] || wrong "$(version minglu)"
as_built
[ "$(list)" = "$want" ] || wrong "recordings lost when a version was put back"

step no update in a recording
as officer /home/officer "minglu record --home $home --item I03 --case C-1 --taxpayer 示例公司 --person 张三 --officer 甲:A1 --officer 乙:B2 --camera synth: --mic synth: --for 20s" >/tmp/long.json 2>&1 &
long=$!
for i in 1 2 3 4 5 6 7 8 9 10; do grep -q '"event":"recording"' /tmp/long.json && break; sleep 0.5; done
expect 1 minglu update --bundle /new --parts "minglu minglu-hq" --lang en
printf '%s\n' "$said" | tail -n 1
printf '%s\n' "$said" | grep -q 'a recording may be under way' || wrong "$said"
[ "$(version minglu)" = "installed $one" ] || wrong "$(version minglu)"
as officer /home/officer "minglu stop --home $home" >/dev/null
wait "$long" || wrong "the recording was disturbed: $(cat /tmp/long.json)"
serve
as officer /home/officer "minglu sync --home $home --until-empty" >/tmp/sync.json 2>&1 || wrong "$(cat /tmp/sync.json)"

step update from the copy of headquarters
as officer /home/officer "minglu update --hq --home $home" >/tmp/update.txt 2>&1 && wrong "an update without an offer"
grep -q 'offers no release' /tmp/update.txt || wrong "$(cat /tmp/update.txt)"
cp -r /new /var/lib/minglu-hq/release && chown -R minglu-hq /var/lib/minglu-hq/release
as officer /home/officer "minglu update --hq --home $home" >/tmp/update.txt 2>&1 && wrong "an officer installed"
grep -q "sudo minglu update --bundle $home/release" /tmp/update.txt || wrong "$(cat /tmp/update.txt)"
quiet
expect 0 minglu update --bundle $home/release --parts "minglu minglu-hq" --lang en
[ "$(version minglu)" = "installed $two" ] || wrong "$(version minglu)"
as officer /home/officer "minglu update --hq --home $home" >/tmp/update.txt 2>&1 || wrong "$(cat /tmp/update.txt)"
tail -n 1 /tmp/update.txt
silence
expect 0 sh /new/install.sh --rollback --lang en
quiet

step update by the installed program
expect 0 minglu update --bundle /new --parts "minglu minglu-hq" --lang en
printf '%s\n' "$said" | tail -n 1
[ "$(version minglu)" = "installed $two" ] || wrong "$(version minglu)"
as_built
cp -r /new /spoilt && printf x >>/spoilt/packages/minglu_"$two"_amd64.deb
expect 2 minglu update --bundle /spoilt --lang en
printf '%s\n' "$said" | tail -n 1

step remove keeps the data
echo '# mine' >>/etc/minglu/hq.conf
expect 0 apt-get -q -y remove minglu minglu-hq
[ -d $home/vault/$id ] || wrong "the recording went with the program"
grep -q mine /etc/minglu/hq.conf || wrong "configuration went with the program"

step purge
expect 0 apt-get -q -y purge minglu minglu-hq
[ -d $home/vault/$id ] || wrong "purge took a user's recording"
[ -d /var/lib/minglu-hq/ca ] || wrong "purge took headquarters' keys"
[ ! -e /usr/lib/minglu/minglu ] || wrong "the program is still there"
step done
