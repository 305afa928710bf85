#!/bin/busybox sh
# The guest of `dev qemu`: a machine with a true /dev/video0 and ALSA card that can be unplugged. It records,
# is treated badly, seals, sends, and hands everything out through its second disk.
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root LANG=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mkdir -p /dev/shm /root /out
for module in /modules/*.ko; do
	case $module in
	*-vivid.ko) insmod "$module" n_devs=1 node_types=0x1 ;;
	*) insmod "$module" ;;
	esac || echo "GUEST cannot load $module"
done
ip link set lo up
echo "GUEST video $(ls /dev/video* 2>&1) sound $(cat /proc/asound/pcm | tr '\n' ';')"

minglu-hq init --data /out/hq --name Guest > /out/init.json 2>> /out/log || echo "GUEST cannot init"
minglu-hq serve --data /out/hq --listen 127.0.0.1:8443 > /out/serve.json 2>> /out/log &
hq=$!
until grep -q listening /out/serve.json; do sleep 0.2; done
minglu-hq invite --data /out/hq --room Q1 --title Guest > /out/invite.json 2>> /out/log
code=$(sed -n 's/.*"code":"\([^"]*\)".*/\1/p' /out/invite.json)
print=$(grep -o 'sha256:[0-9a-fA-F]*' /out/init.json | head -1)
minglu enrol --home /out/Q1 --hq https://127.0.0.1:8443 --code "$code" --ca-fingerprint "$print" >> /out/log 2>&1 ||
	echo "GUEST cannot enrol: $(tail -1 /out/log)"

vivid() { v4l2-ctl -d /dev/video0 --set-ctrl "$1" >> /out/log 2>&1 || echo "GUEST cannot set $1"; }
bind() { echo vivid.0 > /sys/bus/platform/drivers/vivid/"$1" || echo "GUEST cannot $1 the camera"; }
turn() { date -s "@$(($(date +%s) + $1))" > /dev/null && echo "GUEST turned its clock by $1 s"; }
treat_badly() {
	sleep 15
	vivid percentage_of_dropped_buffers=20
	sleep 5
	vivid percentage_of_dropped_buffers=0
	sleep 5
	echo "GUEST unplugs the camera"
	bind unbind
	sleep 4
	bind bind
	echo "GUEST plugs it in again"
	sleep 3
	turn -600
}
# An emulated processor starts the recorder slowly; it stays for the recording.
minglu recover --home /out/Q1 >> /out/log 2>&1 || minglu recover --home /out/Q1 >> /out/log 2>&1
# It counts as examined today: the recording begins when it is asked to, as the moments below expect.
echo "{\"at\":\"$(date -Iseconds)\"}" > /out/Q1/doctor.json
# Beeps, and with each the camera's light; their moments are noted for who measures the film.
status=/proc/asound/Loopback/pcm1p/sub0/status
aplay -q -D hw:Loopback,1,0 --buffer-time=2000000 /beeps.wav >> /out/log 2>&1 &
player=$!
until grep -q hw_ptr $status; do sleep 0.1; done
light /dev/video0 $status /out/claps.txt > /out/light.log 2>&1 &
treat_badly &
echo "GUEST records @LENGTH@ as @CAMERA@"
minglu record --home /out/Q1 --item I03 --case Q-1 --taxpayer Guest --person Guest --officer A:1 --officer B:2 \
	--camera @CAMERA@ --mic device: --for @LENGTH@ > /out/record.json 2>> /out/log
echo "GUEST record ended with $?, $(wc -l < /out/claps.txt) claps $(cat /out/light.log)"
# It is ten minutes before what the room has already written down.
minglu record --home /out/Q1 --item I03 --case Q-2 --taxpayer Guest --person Guest --officer A:1 --officer B:2 \
	--camera synth:320x180@5 --mic synth: --for 1s > /out/refused.json 2> /out/refused.txt
echo "GUEST second record ended with $?, $(tail -1 /out/refused.txt)"
turn 600
timeout 180 minglu sync --home /out/Q1 --until-empty > /out/sync.json 2>> /out/log
echo "GUEST sync ended with $?, $(tail -1 /out/log)"
kill $player $hq
cp /out/hq/root.pem /out/root.pem
rm -rf /out/hq
sync
tar -c -f /dev/vda -C /out .
sync
echo "GUEST done"
poweroff -f
