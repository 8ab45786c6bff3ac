# Run by check.service inside the container; see test_nspawn.py.
exec 2>/opt/result/trace
set -x
tell() { echo "$1=$2" >>/opt/result/seen; }
query() { /opt/syncd/bin/python -c 'import sqlite3, sys
connection = sqlite3.connect("file:/var/lib/syncd/syncd.db?mode=ro", uri=True)
print(connection.execute(sys.argv[1]).fetchone()[0])' "$1"; }
property() { systemctl show -P "$1" "${2:-syncd}"; }

systemctl start syncd
tell start $?
tell active "$(systemctl is-active syncd)"
tell user "$(ps -o user= -p "$(property MainPID)")"
sleep 5
tell status "$(property StatusText)"

# Several times: it ends with 5 where the daemon is in a run of its own.
full=5
for attempt in 1 2 3 4 5; do
    systemctl start syncd-full && full=0 && break
    sleep 1
done
tell full $full
tell full_rows "$(query "SELECT count(*) > 0 FROM sync_run WHERE mode = 'full' AND outcome IN ('applied', 'no_change')")"

kill -9 "$(property MainPID)"
for second in $(seq 30); do
    sleep 1
    [ "$(systemctl is-active syncd)" = active ] && [ "$(property NRestarts)" = 1 ] && break
done
tell restarts "$(property NRestarts)"
tell active_after_kill "$(systemctl is-active syncd)"
sleep 3

began=$(date +%s)
systemctl stop syncd
tell stop $?
tell stop_seconds $(($(date +%s) - began))
tell result "$(property Result)"
tell left_open "$(query 'SELECT count(*) FROM sync_run WHERE outcome IS NULL')"
tell people "$(query "SELECT count(*) FROM directory_user WHERE status = 'active'")"
journalctl --sync
tell runs "$(query "SELECT count(*) FROM sync_run WHERE trigger = 'schedule' AND outcome <> 'abandoned'")"
tell lines "$(journalctl -u syncd -o cat | grep -c 'event=run_finished')"
tell modes "$(stat -c %a /var/lib/syncd /var/log/syncd | xargs)"
tell log_owner "$(stat -c %U /var/log/syncd/audit.jsonl)"
secret=$(cat /etc/syncd/credentials/wecom_app_secret)
journalctl -o export >/opt/result/journal
tell leaks "$(cat /opt/result/journal /var/lib/syncd/* /var/log/syncd/* | grep -c -a -F "$secret")"

echo 'nonsense = 1' >>/etc/syncd/syncd.toml
systemctl start syncd
sleep 12
tell bad_status "$(property ExecMainStatus)"
tell bad_restarts "$(property NRestarts)"
tell bad_active "$(systemctl is-active syncd)"
tell end 1
