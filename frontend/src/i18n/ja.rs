//! Japanese.

use linkspan_shared::{connect::ConnectFault, engine_fault::EngineFault, reference::ReferenceFault};

use super::count;

crate::translation! { Japanese;

// Shell
linkspan = "Linkspan";
main_navigation = "メイン";
containers = "コンテナ";
images = "イメージ";
jobs = "ジョブ";
engine = "エンジン";
account = "アカウント";
signed_in_as(user: &str) = "{user} としてサインイン中";
sign_out = "サインアウト";
theme_system = "テーマ: システムに合わせる";
theme_light = "テーマ: ライト";
theme_dark = "テーマ: ダーク";
connection = "接続";
connected = "接続済み";
reconnecting = "再接続中";
engine_unreachable = "エンジンに接続不可";
unreachable = "接続不可";
all_engines = "すべてのエンジン";
engine_option(name: &str, state: &str) = "{name} – {state}";
unknown_engine_title(name: &str) = "{name} というエンジンはありません";
unknown_engine_text = "削除されたか、アドレスに含まれる名前が間違っています。";
engine_on_host(engine: &str, host: &str) = "{engine} ({host})";
choose_engine_title = "どのエンジンですか？";
choose_engine_text = "このページは 1 つのエンジンを対象としています。";
to_default_engine = "既定のエンジンを表示";
settings = "設定";
check_connection = "接続を確認";
connecting = "接続試行中";
live = "ライブ";
engine_version(product: &str, version: &str) = "{product} {version}";
api_version(version: &str) = "API {version}";
not_found_title = "ここには何もありません";
not_found_text(path: &str) = "{path} というアドレスの画面はありません。";
overlay_not_loaded = "読み込めませんでした";
not_loaded_title = "このページを読み込めませんでした";
not_loaded_text = "Linkspan が応答しないか、その間に更新されました。";
to_containers = "コンテナを表示";
lost_bridge = "Linkspan との接続が切れました。";
lost_engine(endpoint: &str) = "{endpoint} のエンジンに接続できません。";
stale_since(time: &str) = "{time} 時点の情報を表示しています。";
lacking_info = "このエンジンはホストの情報を返しません。";
lacking_containers = "このエンジンはコンテナーの一覧を返しません。";
lacking_images = "このエンジンはイメージの一覧を返しません。";
lacking_volumes = "このエンジンはボリュームの一覧を返しません。";
lacking_networks = "このエンジンはネットワークの一覧を返しません。";
lacking_advice(endpoint: &str) = "ほかの機能は使えます。エンジンの手前のプロキシーまたはプラグインで {endpoint} を許可してください。";
lacking_objects(number: usize) = "{number} 個のオブジェクトを読み取れないため、表示から除いています。";
next_try(seconds: u64) = "{seconds} 秒後に再試行します。";
trying = "再試行しています。";
retry_now = "今すぐ再試行";
outdated = "Linkspan が更新されました。";
outdated_text = "このタブは更新前のバージョンのままです。";
reload = "再読み込み";
page_failed = "Linkspan のページで障害が発生しました。";
page_failed_text = "一部が動作しなくなりました。再読み込みしてください。";
copy_details = "詳細をコピー";
details = "詳細";
close = "閉じる";
cancel = "キャンセル";
dismiss_failed(failures: usize) = "失敗 {failures} 件を閉じる";
dismiss = "消去";
copied(what: &str) = "{what} をコピーしました";
not_copied = "ブラウザーがコピーを許可しませんでした。テキストを選択して手動でコピーしてください。";
just_now = "たった今";

unknown = "不明";
unknown_title = "このエンジンの情報はまだありません";
unknown_text = "Linkspan を起動してから、まだ一度も接続できていません。";

// Settings
engines = "エンジン";
engines_text = "この Linkspan を開いている人全員に、すべてのエンジンが表示されます。";
default_engine = "既定";
production = "本番";
engine_since(version: &str, api: &str, host: &str) = "{version}、API {api}、ホスト {host}";
check_connection_of(name: &str) = "{name} の接続を確認";
remove_engine(name: &str) = "エンジン {name} を削除";
remove_engine_title(name: &str) = "エンジン {name} を削除しますか？";
remove_engine_text = "Linkspan はこのエンジンとの接続を切り、アドレスを破棄します。エンジン側では何も変わりません。";
removed_engine(name: &str) = "エンジン {name} を削除しました";
could_not_remove_engine(name: &str) = "エンジン {name} は削除されませんでした。";
add_engine = "エンジンを追加";
add_engine_text = "アドレスには Linkspan が動作しているマシンから接続します。ssh 鍵、docker コンテキスト、DOCKER_CERT_PATH の証明書も、そのマシンのものが使われます。";
could_not_add_engine = "エンジンは追加されませんでした。";
added_engine(name: &str) = "エンジン {name} を追加しました";
address = "アドレス";
address_placeholder = "ssh://user@host";
connection_check_of(name: &str) = "{name} の接続確認";
checking = "確認中…";
could_not_check = "接続を確認できませんでした。";
show_containers_of(name: &str) = "{name} のコンテナを表示";
step_address = "アドレス";
step_name = "ホスト名";
step_connection = "接続";
step_encryption = "暗号化";
step_version = "API バージョン";
step_permission = "権限";
step_passed = "成功";
step_failed = "失敗";
step_not_needed = "不要";
step_not_reached = "未確認";

// All engines
fleet_down(name: &str) = "{name} に接続できません。";
fleet_stale = "コンテナは最後に取得した状態で表示されています。";
fleet_counts(running: usize, all: usize) = { format!("実行中 {} / {}", count(running), count(all)) };
column_engine = "エンジン";
lacks_mounts = "このエンジンは古いため、マウントを使えません。API 1.25（Docker 1.13）以降が必要です。";
lacks_auto_remove = "このエンジンは古いため、対応していません。API 1.30（Docker 17.06）以降が必要です。";

// Sign in
sign_in_title = "Linkspan にサインイン";
sign_in_intro(host: &str) = "{host} にあるチームのエンジン";
user = "ユーザー";
password = "パスワード";
show_password = "パスワードを表示";
hide_password = "パスワードを非表示";
sign_in = "サインイン";
set_up_title = "Linkspan のセットアップ";
set_up_intro = "アカウントがまだありません。最初のアカウントを作成してください。このアカウントが Linkspan の管理者になります。";
reset_title = "新しいパスワードの設定";
reset_intro = "このリンクは 1 回だけ有効です。";
set_up_first = "アカウントがまだありません。";
set_up_first_text = "Linkspan が起動時に出力したワンタイムリンクを開いてください。";
create_administrator = "管理者を作成";
set_password = "パスワードを設定";
password_hint(minimum: usize) = "{minimum} 文字以上。記号の羅列よりも文章のほうが覚えやすくなります。";
more_characters(missing: usize) = "あと {missing} 文字必要です。";
not_encrypted = "このページは暗号化されていません。";
not_encrypted_text = "共有ネットワークでは、通信中のパスワードを盗み見られるおそれがあります。ネットワークを信頼できる場合にだけ続けてください。";
link_lacks_token = "このアドレスにはトークンがありません。Linkspan が出力したリンク全体を開いてください。";
access_wrong = "ユーザー名またはパスワードが正しくありません。";
access_too_many(seconds: u64) = "失敗した回数が多すぎます。{seconds} 秒待ってから、もう一度試してください。";
access_token_invalid = "このリンクは使用済みか、有効期限が切れています。Linkspan を再起動して新しいリンクを発行するか、linkspan user reset を実行してください。";
access_password_short(minimum: usize) = "パスワードは {minimum} 文字以上にしてください。";
access_password_long(maximum: usize) = "パスワードは {maximum} バイト以内にしてください。";
access_user_name = "ユーザー名は 1～64 文字で、文字、数字、ドット、ハイフン、アンダースコアを使えます。先頭は文字または数字にしてください。";
access_origin = "このアドレスでの Linkspan へのアクセスは許可されていません。許可するには、--public-url を付けて Linkspan を起動してください。";
access_signed_out = "サインアウトされています。";
bridge_failing = "応答はありますが、サインイン中のユーザーを確認できません。原因は Linkspan のログに記録されています。";
access_internal = "Linkspan で処理に失敗しました。原因は Linkspan のログに記録されています。";
access_unreachable = "Linkspan が応答しません。動作していることを確認してから、もう一度試してください。";

// Containers
run_container = "コンテナを実行";
stop_all_running = "実行中をすべて停止";
filter_containers = "コンテナを絞り込み";
filter_containers_help = "名前、イメージ、ID、プロジェクト、ポート、ボリューム、ネットワークに含まれる語。label:名前、label:名前=値、volume:名前、network:名前 も使えます。";
filter_by_state = "状態で絞り込み";
all = "すべて";
state_created = "作成済み";
state_running = "実行中";
state_healthy = "正常";
state_unhealthy = "異常";
state_starting = "起動中";
state_paused = "一時停止";
state_restarting = "再起動中";
state_restarting_again(times: i64, code: Option<i64>) = {
    let code = code.map(|code| format!("終了コード {code}"));
    let times = (times > 0).then(|| format!("{} 回", count(times as usize)));
    match [code, times].into_iter().flatten().collect::<Vec<_>>().join("、") {
        words if words.is_empty() => "再起動中".into(),
        words => format!("再起動中 ({words})"),
    }
};
restarted_n(times: i64) = { format!("再起動 {} 回", count(times as usize)) };
restarted_title(times: i64, code: Option<i64>) = {
    let code = code.map_or_else(String::new, |code| format!("。直前の終了コードは {code}"));
    format!("再起動ポリシーにより {} 回起動し直されました{code}", count(times as usize))
};
section_health = "ヘルスチェック";
stuck_title = "エンジンが片付けられませんでした。";
stuck_without_reason = "理由は示されていません。";
stuck_advice = "強制削除で消せることがあります。使用中のマウントや応答しないファイルシステムが原因であることが多いです。";
state_exited = "終了";
state_exited_code(code: i64) = "終了 ({code})";
state_removed = "削除済み";
state_removing = "削除中";
state_dead = "停止不能";
state_unknown = "不明";
untagged_since = "タグなし（作成後）";
untagged_since_text = "このイメージはもうこの名前ではありません。名前が外されたか、別のイメージに付いています。";
state_other = "その他";
more_ports(number: usize, name: &str) = "{name} の残り {number} 件のポート";
published = "公開";
exposed = "露出のみ";
column_name = "名前";
column_image = "イメージ";
column_state = "状態";
people_here = "オンラインのユーザー";
you(name: &str) = "{name}（自分）";
is_here(name: &str) = "{name} がオンラインです";
column_cpu = "CPU";
column_memory = "メモリ";
column_ports = "ポート";
column_created = "作成";
column_uptime = "稼働時間";
show_value_of(name: &str) = "{name} の値を表示";
name_characters = "使えるのは英数字と _ . - で、先頭は英数字です。";
name_too_short = "2 文字以上にしてください。";
network_exists = "同じ名前のネットワークがあります。";
volume_exists = "同じ名前のボリュームがあります。";
not_a_subnet = "アドレスとネットワーク部のビット数を 10.9.0.0/16 のように指定してください。";
not_an_address = "IP アドレスではありません。";
gateway_without_subnet = "ゲートウェイには、それを含むサブネットが必要です。";
up_for(time: &str) = "稼働 {time}";
up_since(time: &str) = "{time} から";
up_moment = "1 分未満";
up_minutes(minutes: u64) = "{minutes} 分";
up_hours(hours: u64, minutes: u64) = "{hours} 時間 {minutes} 分";
up_days(days: u64) = "{days} 日";
up_days_hours(days: u64, hours: u64) = "{days} 日 {hours} 時間";
column_actions = "操作";
select(name: &str) = "{name} を選択";
select_all = "すべて選択";
start(name: &str) = "{name} を起動";
stop(name: &str) = "{name} を停止";
restart(name: &str) = "{name} を再起動";
more_actions(name: &str) = "{name} のその他の操作";
action_start = "起動";
action_stop = "停止";
action_restart = "再起動";
action_pause = "一時停止";
action_resume = "再開";
action_kill = "強制終了";
action_rename = "名前の変更";
action_remove = "削除";
action_commit = "コミット…";
action_copy_id = "ID をコピー";
action_logs = "ログ";
selected(selected: usize) = "{selected} 個を選択中";
clear_selection = "選択を解除";
containers_count(containers: usize) = { format!("コンテナ {} 個", count(containers)) };
no_containers_title = "コンテナはまだありません";
no_containers_text = "このエンジンには、実行中のコンテナも停止中のコンテナもありません。";
no_match_title = "一致するものがありません";
no_match_text(hidden: usize) = { format!("{} 件が絞り込みにより非表示になっています。", count(hidden)) };
clear_filter = "絞り込みを解除";
show_all_containers = "すべてのコンテナを表示";
pending_changes(changes: usize) = "{changes} 件の変更";
removes_itself = "停止すると削除されます";
this_is_linkspan = "Linkspan 自身";
of_service(service: &str) = "サービス {service}";

// What an action did
process_user = "ユーザー";
process_time = "CPU 時間";
process_command = "コマンド";
not_running = "実行されていません";
doing_start = "起動中…";
doing_stop = "停止中…";
doing_restart = "再起動中…";
doing_pause = "一時停止中…";
doing_resume = "再開中…";
doing_kill = "強制終了中…";
doing_to(doing: &str, name: &str) = "{name}: {doing}";
did_start(name: &str) = "{name} を起動しました";
did_stop(name: &str) = "{name} を停止しました";
did_restart(name: &str) = "{name} を再起動しました";
did_pause(name: &str) = "{name} を一時停止しました";
did_resume(name: &str) = "{name} を再開しました";
did_kill(name: &str) = "{name} を強制終了しました";
did_rename(from: &str, to: &str) = "{from} の名前を {to} に変更しました";
did_remove(name: &str) = "{name} を削除しました";
could_not_start(name: &str) = "{name} を起動できませんでした";
could_not_stop(name: &str) = "{name} を停止できませんでした";
could_not_restart(name: &str) = "{name} を再起動できませんでした";
could_not_pause(name: &str) = "{name} を一時停止できませんでした";
could_not_resume(name: &str) = "{name} を再開できませんでした";
could_not_kill(name: &str) = "{name} を強制終了できませんでした";
could_not_rename(name: &str) = "{name} の名前を変更できませんでした";
could_not_remove(name: &str) = "{name} を削除できませんでした";
could_not_pull(reference: &str) = "{reference} をプルできませんでした";
could_not_run = "コンテナを実行できませんでした";
could_not_commit(name: &str) = "{name} をコミットできませんでした";
could_not_stop_all = "コンテナを停止できませんでした";
could_not_cancel = "ジョブをキャンセルできませんでした";
could_not_dismiss = "ジョブを消去できませんでした";

// Dialogs
stop_removes_title(name: &str) = "{name} を停止しますか？";
kill_removes_title(name: &str) = "{name} を強制終了しますか？";
stop_removes_text(name: &str) = "{name} は停止するとすぐにエンジンによって削除されます（--rm）。ボリューム以外に書き込まれた内容もすべて失われます。";
rename_title(name: &str) = "{name} の名前の変更";
new_name = "新しい名前";
rename_hint = "英数字、ドット、ハイフン、アンダースコアを使えます。変更後、ほかのコンテナからは新しい名前でしか接続できません。";
remove_title(name: &str) = "{name} を削除しますか？";
remove_text = "コンテナと、ボリューム以外に書き込まれた内容がすべて完全に失われます。";
remove_volumes = "匿名ボリュームも削除";
remove_force = "実行中でも削除（強制）";
remove_many_title(containers: usize) = { format!("{} 個のコンテナを削除しますか？", count(containers)) };
remove_many(containers: usize) = { format!("{} 個のコンテナを削除", count(containers)) };
stop_all_title(containers: usize) = { format!("実行中の {} 個のコンテナを停止しますか？", count(containers)) };
stop_selected_title(containers: usize) = { format!("{} 個のコンテナを停止しますか？", count(containers)) };
stop_n(containers: usize) = { format!("{} 個のコンテナを停止", count(containers)) };
stop_all_warning(host: &str) = "ほかの人が起動したものも含め、{host} で実行中のコンテナがすべて停止します。本番ホストの場合は、特に慎重に判断してください。";
stop_all_swarm = "このうちサービスに属するものについては、Swarm が新しいコンテナを起動します。";
stop_all_text = "ここに表示されているものだけが停止します。これから起動するコンテナには影響しません。";
stop_timeout = "各コンテナは、停止の猶予時間（既定は 10 秒）を過ぎると強制終了されます。";
production_warning(engine: &str) = "{engine} は本番ホストです。";
production_warning_text = "ほかの人が起動したコンテナも含め、実行中のものがすべて停止します。";
type_to_confirm(engine: &str) = "確認のため {engine} と入力";
tag_auto_remove = "--rm: 削除されます";
tag_swarm(service: &str) = "Swarm が置き換え: サービス {service}";
tag_self = "Linkspan 自身: 停止しません";
nothing_runs_title = "実行中のコンテナはありません";
nothing_runs_text = "停止できるコンテナがありません。";
stop_waiting = "待機中";
stop_stopping = "停止処理中";
stop_stopped = "停止済み";
batch_started = "起動済み";
batch_restarted = "再起動済み";
batch_already_running = "すでに実行中でした";
start_n(containers: usize) = { format!("{} 個のコンテナを起動", count(containers)) };
restart_n(containers: usize) = { format!("{} 個のコンテナを再起動", count(containers)) };
could_not_start_all = "コンテナを起動できませんでした";
could_not_restart_all = "コンテナを再起動できませんでした";
started_by_on(user: &str, when: &str) = "{user} が起動（{when}）";
restarted_by(user: &str, when: &str) = "{user} が再起動（{when}）";
stop_already = "すでに停止していました";
stop_gone = "すでに削除されていました";
stop_failed = "失敗";
done = "完了";

// One container
logs = "ログ";
inspect = "インスペクト";
container_id = "コンテナ ID";
copy_container_id(id: &str) = "コンテナ ID {id} をコピー";
container_gone_title(name: &str) = "{name} はもうありません";
container_gone_text = "削除されました。最後に取得した内容を表示しています。";
container_unknown_title(name: &str) = { if name.is_empty() { "このコンテナはありません".into() } else { format!("コンテナ {name} はありません") } };
container_unknown_text = "削除されたか、名前が変更された可能性があります。";
section_container = "コンテナ";
section_process = "プロセス";
section_environment = "環境変数";
section_mounts = "マウント";
section_network = "ネットワーク";
section_labels = "ラベル";
section_raw = "インスペクトのデータ";
field_started = "起動日時";
field_finished = "終了日時";
field_created = "作成日時";
field_restarts = "再起動回数";
field_restart_policy = "再起動ポリシー";
field_error = "エラー";
field_oom = "メモリ不足";
field_entrypoint = "エントリポイント";
field_command = "コマンド";
field_working_dir = "作業ディレクトリ";
field_user = "ユーザー";
field_tty = "ターミナル";
field_privileged = "特権モード";
yes = "はい";
no = "いいえ";
none = "なし";
read_only = "読み取り専用";

// Logs
logs_of(name: &str) = "{name} のログ";
terminal_of(name: &str) = "{name} のターミナル";
search_logs = "ログを検索";
matches = "一致件数";
match_of(current: usize, all: usize) = { format!("{} / {}", count(current), count(all)) };
no_matches = "一致なし";
previous_match = "前の一致箇所";
next_match = "次の一致箇所";
only_matches = "一致する行のみ";
follow = "追従";
timestamps = "タイムスタンプ";
wrap = "折り返し";
download = "ダウンロード";
download_lines(lines: usize) = { format!("読み込み済みの {} 行を保存します", count(lines)) };
download_output = "出力をダウンロード";
new_lines(lines: usize) = { format!("新着 {} 行", count(lines)) };
log_earlier_not_loaded(lines: usize) = { format!("末尾の {} 行を表示中（それより前の行は読み込まれていません）", count(lines)) };
log_not_from_the_start = "リンク先の行の 1 分前からのログを表示中（それより前の行は読み込まれていません）";
log_load_all = "すべて読み込む";
log_dropped(lines: usize) = { format!("これより前の {} 行は、このページに保持されていません", count(lines)) };
log_cut_before(characters: usize) = { format!("この前に {} 文字 …", count(characters)) };
log_cut(bytes: &str) = "… この行の残り {bytes}";
log_empty_title = "出力はまだありません";
log_empty_text = "このコンテナは、標準出力にも標準エラー出力にも何も書き込んでいません。";
log_ended = "コンテナが停止したため、ログはここで終わりです";
log_gap = "ここで抜けがある可能性があります";
log_gap_why = "ログを続きから読めなかったため、最後の行を読み直しました";
log_unavailable = "ログを読み取れません";
log_lines(lines: usize) = { format!("{} 行", count(lines)) };
stream_stderr = "err";

// Credentials
credentials = "認証情報";
source_docker_login(registry: &str) = "{registry} の docker login でサインインします。";
source_helper(helper: &str) = "まず docker-credential-{helper} に問い合わせます。";
source_stored(name: &str) = "保存済みの認証情報 {name} でサインインします。";
source_none(registry: &str) = "{registry} の認証情報はありません。サインインせずに実行します。";
credential_trouble = "サインインに使う認証情報を読み取れませんでした。";
credentials_automatic = "自動";
credentials_none = "なし";
credentials_typed = "ユーザー名とパスワード…";
credentials_typed_hint = "今回のリクエストにのみ使われます。どちらも Linkspan には保存されません。";
credential_option(name: &str, user: &str, registry: &str) = "{name}（{registry} の {user}）";
credential_token_option(name: &str, registry: &str) = "{name}（{registry} のトークン）";
registry_user = "レジストリのユーザー名";
registry_password = "レジストリのパスワード";
registry = "レジストリ";
registry_credentials = "レジストリの認証情報";
registry_credentials_text = "ここで作業する人は誰でも、これらを使ってプルとプッシュを実行できます。内容は誰にも表示されず、Linkspan からエンジンにだけ送られます。";
no_credentials = "保存されている認証情報はありません。";
administrators_store = "保存と削除は管理者が行います。";
password_of(user: &str) = "{user}、パスワード";
identity_token = "ID トークン";
stored_by(user: &str, when: &str) = "{user} が保存（{when}）";
remove_credential(name: &str) = "認証情報 {name} を削除";
remove_credential_title(name: &str) = "認証情報 {name} を削除しますか？";
remove_credential_text = "プルとプッシュで使えなくなります。レジストリ側では何も変わりません。";
removed_credential(name: &str) = "認証情報 {name} を削除しました";
store_credential = "認証情報を保存";
store_credential_text = "データディレクトリの外にある鍵で暗号化されます。このレジストリ以外には送られません。";
stored_credential(name: &str) = "認証情報 {name} を保存しました";
credential_replaces(name: &str) = "既存の認証情報 {name} が置き換えられます。";
could_not_store_credential = "認証情報は保存されませんでした。";
password_or_token = "パスワードまたはトークン";
empty_for_token = "ID トークンの場合は空欄";
docker_login = "docker login で保存された認証情報";
could_not_read_logins = "読み取れません。";
logins_not_yours = "Linkspan のマシンに docker login で保存された認証情報を使ってプルとプッシュを実行できるのは、管理者だけです。";
logins_everybody = "誰でも使えます。「自動」を選ぶと、これらが使われます。";
logins_administrators = "管理者だけが使えます。「自動」を選ぶと、これらが使われます。全員が使えるようにするには、--share-docker-login を付けて Linkspan を起動してください。";
logins_none = "Linkspan のマシンにはありません";
logins_store(name: &str) = "シークレットは docker-credential-{name} に保管されています。";

// Images
image_to_pull = "プルするイメージ";
pull = "プル";
pull_hint = "例: alpine:3.20、registry.example:5000/team/api:2.1";
implied = "入力されていません。docker コマンドの既定値です。";
parsed_registry(registry: &str) = "レジストリ {registry}";
parsed_repository(repository: &str) = "リポジトリ {repository}";
parsed_tag(tag: &str) = "タグ {tag}";
parsed_digest(digest: &str) = "ダイジェスト {digest}…";
reference_fault(fault: &ReferenceFault) = {
    match fault {
        ReferenceFault::Empty => "イメージ名を入力してください（例: alpine:3.20）。".into(),
        ReferenceFault::Scheme => "イメージ名はレジストリのホストから始めます。先頭の https:// は不要です。".into(),
        ReferenceFault::TooLong => "レジストリとリポジトリは、合わせて 255 文字以内にしてください。".into(),
        ReferenceFault::Id => "これはイメージ ID です。レジストリでは、イメージを名前で指定します。".into(),
        ReferenceFault::Registry(host) => {
            format!("「{host}」はレジストリとして使えません。ホストに使えるのは英数字、ハイフン、ドットで、ポートは数値です。")
        }
        ReferenceFault::UpperCase(_) => "リポジトリ名に大文字は使えません。".into(),
        ReferenceFault::Component(part) if part.is_empty() => "スラッシュの前後か、タグの前に不足している部分があります。".into(),
        ReferenceFault::Component(part) => format!(
            "「{part}」はリポジトリ名に使えません。使えるのは英小文字と数字で、その間には 1 個のドット、1～2 個のアンダースコア、または任意の個数のハイフンを入れられます。"
        ),
        ReferenceFault::Tag(tag) if tag.is_empty() => "コロンの後にタグがありません。".into(),
        ReferenceFault::Tag(tag) => format!(
            "「{tag}」はタグとして使えません。タグは 128 文字以内で、英数字、アンダースコア、ドット、ハイフンを使えます。先頭にドットとハイフンは使えません。"
        ),
        ReferenceFault::DigestNotWanted => "新しいイメージにはダイジェストではなく名前とタグを付けます。".into(),
        ReferenceFault::Digest(_) => "ダイジェストは、sha256: に続けて 64 桁の 16 進数で指定します。".into(),
    }
};
use_instead(reference: &str) = "{reference} を使う";
all_tags = "すべてのタグ";
pull_is_here = "このエンジンにすでにあります。";
pull_not_here = "このエンジンにはまだありません。";
pull_latest_hint = "タグの指定がないため、latest がプルされます。latest が指すイメージは日々変わることがあります。";
platform = "プラットフォーム";
platform_own = "エンジンと同じ";
lacks_platform = "このエンジンは古いため、対応していません。API 1.32（Docker 17.09）以降が必要です。";
lacks_disk_usage = "API 1.25（Docker 1.13）以降が必要です。";
tag_image(reference: &str) = "{reference} にタグを追加";
push_image(reference: &str) = "{reference} をプッシュ";
tag_title(reference: &str) = "{reference} にタグを追加";
tag_hint = "同じイメージに名前をもう 1 つ付けます。何もコピーされません。";
tag_moves(name: &str, id: &str) = "{name} は現在、イメージ {id} に付いています。追加すると、そこから移動します。";
did_tag(old: &str, new: &str) = "{old} にタグ {new} を追加しました";
could_not_tag(reference: &str) = "{reference} にタグを追加できませんでした";
action_tag = "タグを追加…";
action_tag_do = "タグを追加";
action_push = "プッシュ…";
action_push_do = "プッシュ";
action_check_newer = "更新を確認…";
action_copy_reference = "イメージ名をコピー";
action_remove_more = "削除…";
push_text(registry: &str) = "エンジンがこの名前で {registry} に送信します。";
could_not_push(reference: &str) = "{reference} をプッシュできませんでした";
check_newer_title(reference: &str) = "{reference} の更新を確認";
check_again = "再確認";
asking_registry = "レジストリに問い合わせています…";
is_newest = "レジストリのイメージは、このエンジンのものと同じです。";
is_newer = "レジストリでは、この名前が別のイメージを指しています。";
is_newer_text = "既存のコンテナは、今のイメージのまま動作を続けます。";
percent_hint = "割合の半分はダウンロード、もう半分は展開です。";
sent_of(some: &str, all: &str) = "{some} / {all} 送信済み";
dismiss_ended = "終了したものをすべて消去…";
dismiss_title(jobs: usize) = { format!("{} 件のジョブを消去しますか？", count(jobs)) };
dismiss_n(jobs: usize) = { format!("{} 件のジョブを消去", count(jobs)) };
dismiss_text = "全員の一覧から消えます。ジョブの結果はそのまま残ります。";
pulling(reference: &str) = "{reference} をプルしています（進行状況は「ジョブ」に表示）";
is_never_shared = "このイメージは、この名前でレジストリから取得されたものではないため、比較できません。レジストリにあるもの:";
could_not_check_newer(reference: &str) = "{reference} を照会できませんでした";
save_as_tar = "tar で保存";
load_images = "読み込み";
load_do = "読み込み";
load_text = "docker save 形式の tar ファイルからイメージを読み込みます。";
tar_file = "tar ファイル";
upload_stay_hint = "ファイルの送信が終わるまで、このタブを開いたままにしてください。";
could_not_load(name: &str) = { if name.is_empty() { "ファイルは読み込まれませんでした。".into() } else { format!("{name} を読み込めませんでした") } };
remove_images(images: usize) = { format!("{} 個のイメージを削除", count(images)) };
remove_images_title(images: usize) = { format!("{} 個のイメージを削除しますか？", count(images)) };
remove_whole_text(names: usize) = { format!("イメージとそのレイヤーが、{} 個の名前すべてとともに、このエンジンから削除されます。", count(names)) };
remove_name_text(others: &str) = "この名前だけが外されます。イメージは {others} として残ります。";
remove_all_names(names: usize) = { format!("{} 個の名前すべてとイメージを削除", count(names)) };
remove_used_hint = "コンテナが使用しているイメージの削除は、強制しない限りエンジンに拒否されます。実行中のコンテナが使用しているイメージは、強制しても削除されません。";
only_untagged(others: usize) = { format!("タグのみ削除、残りの名前 {} 個", count(others)) };
unused_size(size: &str) = "未使用 {size}";
image_unknown_title(name: &str) = "イメージ {name} はありません";
image_unknown_text = "削除されたか、名前が別のイメージに移動した可能性があります。";
image_gone_title = "このイメージはもうありません。";
to_images = "イメージを表示";
could_not_inspect(name: &str) = "{name} の情報を取得できませんでした";
section_names = "名前";
image_has_no_name = "名前がないため、ID でしか指定できません。";
digests = "ダイジェスト";
volumes = "ボリューム";
history = "履歴";
history_sum(steps: usize, layers: usize, size: &str) = { format!("{} ステップ、{} レイヤー、{size}", count(steps), count(layers)) };
column_created_by = "作成元の命令";

// Build
build_image = "ビルド";
build_do = "ビルド";
build_intro = "従来のビルダーで、Dockerfile と同じ場所にあるファイルからイメージを作成します。";
build_context = "コンテキスト";
context_folder = "フォルダー";
context_tar = "または tar ファイル";
context_hint = "すべてのファイルがエンジンに送信されます。.dockerignore は考慮されません。フォルダー内のファイルは、実行可能ファイルとして扱われます。";
context_files(files: usize, size: &str) = { format!("送信するファイル {} 個、{size}", count(files)) };
context_size(size: &str) = "送信するサイズ {size}";
dockerfile = "Dockerfile";
dockerfile_missing = "フォルダーにこのファイルはありません。";
build_target = "ステージ";
build_target_last = "最後のステージ";
build_arguments = "ビルド引数";
add_build_argument = "ビルド引数を追加";
remove_build_argument(name: &str) = "ビルド引数 {name} を削除";
argument_name = "引数名";
build_no_cache = "キャッシュを使わない";
build_pull = "ベースイメージの更新を確認";
build_sign_in = "ベースイメージのレジストリにサインイン";
could_not_build = "イメージはビルドされませんでした。";
built_as(image: &str) = "イメージ {image}";

// Disk
disk = "ディスク使用量";
as_of(time: &str) = "{time} 時点";
refresh = "更新";
disk_counting = "エンジンが集計しています。しばらく時間がかかることがあります。";
disk_too_old_title = "このエンジンは古いため、使用量を取得できません";
could_not_count_disk = "エンジンから使用量を取得できませんでした。";
what_can_go = "削除できるもの";
what_can_go_text = "ここにあるものは、いずれも使用されていません。不要なものを選択してください。選択したものだけが削除され、その間に使用され始めたものは削除されません。";
nothing_can_go = "エンジンにあるものは、すべて使用中です。";
nothing_can_go_short = "すべて使用中";
can_go(objects: usize, size: &str) = { format!("{} 個を削除可能、{size}", count(objects)) };
none_there = "なし";
build_cache = "ビルドキャッシュ";
prune_dangling = "ダングリングイメージ";
prune_containers = "停止中のコンテナ";
prune_images = "未使用のイメージ";
prune_anonymous = "匿名ボリューム";
prune_volumes = "ボリューム";
prune_cache_text = "次回のビルドに時間がかかります。";
prune_dangling_text = "名前がなく、どのコンテナにも使用されていません。";
prune_containers_text = "ボリューム以外に書き込まれた内容もすべて削除されます。";
prune_images_text = "どのコンテナにも使用されていません。再度プルまたはビルドできます。";
prune_anonymous_text = "すでに存在しないコンテナのために作成されたものです。データはほかのどこにもありません。";
prune_volumes_text = "どのコンテナにも使用されていません。データはほかのどこにもありません。";
select_all_of(kind: &str) = "すべて選択: {kind}";
frees_at_least(size: &str) = "{size} 以上を解放";
freed_at_least(size: &str) = "{size} 以上を解放済み";
prune_more = "クリーンアップ…";
prune_text(size: &str) = "ここに表示されているものだけが完全に削除され、少なくとも {size} が解放されます。これらの間だけで共有されているレイヤーがあれば、その分も解放されます。";
volumes_warning = "ボリュームの内容は、ほかのどこにもありません。";
kind_container = "コンテナ";
kind_image = "イメージ";
kind_volume = "ボリューム";
remove_objects(objects: usize) = { format!("{} 個の項目を削除", count(objects)) };
remove_objects_title(objects: usize) = { format!("{} 個の項目を削除しますか？", count(objects)) };
could_not_remove_all = "何も削除されませんでした。";
could_not_remove_each = "一部が削除されませんでした。";
context_unreadable = "ブラウザーで読み取れませんでした。";
removing = "削除中";
removed = "削除済み";
left_alone = "未処理";
n_of(some: &str, all: &str) = "{some} / {all}";
n_failed(failed: usize) = { format!("{} 件失敗", count(failed)) };

// More of images
filter_images = "イメージを絞り込み";
filter_by_use = "使用状況で絞り込み";
in_use = "使用中";
unused = "未使用";
dangling = "ダングリング";
column_repository = "リポジトリ";
column_tag = "タグ";
column_image_id = "イメージ ID";
column_size = "サイズ";
column_used_by = "使用元";
run_image(reference: &str) = "{reference} を実行";
remove_image(reference: &str) = "{reference} を削除";
remove_image_title(reference: &str) = "{reference} を削除しますか？";
remove_image_text = "これが最後のタグの場合、イメージとそのレイヤーがこのエンジンから削除されます。";
remove_image_force = "停止中のコンテナが使用していても削除（強制）";
did_remove_image(reference: &str) = "{reference} を削除しました";
no_images_title = "イメージはまだありません";
no_images_text = "このエンジンにはイメージがありません。上のフォームからプルしてください。";
images_count(images: usize) = { format!("イメージ {} 個", count(images)) };
no_repository = "なし";
used_by(containers: usize) = { format!("{} 個のコンテナが使用", count(containers)) };

// Jobs
job_pull(reference: &str) = "{reference} をプル";
job_push(reference: &str) = "{reference} をプッシュ";
job_load(name: &str) = "{name} を読み込み";
job_build(reference: &str) = "{reference} をビルド";
job_build_unnamed = "ビルド";
job_prune(objects: usize) = { format!("{} 個の項目をクリーンアップ", count(objects)) };
pulled_by(user: &str, when: &str) = "{user} がプル（{when}）";
pushed_by(user: &str, when: &str) = "{user} がプッシュ（{when}）";
run_by(user: &str, when: &str) = "{user} が実行（{when}）";
committed_by(user: &str, when: &str) = "{user} がコミット（{when}）";
loaded_by(user: &str, when: &str) = "{user} が読み込み（{when}）";
built_by(user: &str, when: &str) = "{user} がビルド（{when}）";
stopped_by(user: &str, when: &str) = "{user} が停止（{when}）";
removed_by(user: &str, when: &str) = "{user} が削除（{when}）";
pruned_by(user: &str, when: &str) = "{user} がクリーンアップ（{when}）";
used_typed(user: &str) = "{user} として";
used_stored(name: &str) = "認証情報 {name} を使用";
used_docker_login(registry: &str) = "{registry} の docker login を使用";
job_done_in(took: &str) = "{took} で完了";
job_failed_after(took: &str) = "{took} 後に失敗";
job_interrupted = "中断されました。";
job_interrupted_text = "途中で Linkspan が停止しました。エンジンがどこまで処理を進めたかは不明です。再試行する前に状態を確認してください。";
job_interrupted_short = "中断";
cancel_and_remove = "キャンセルして削除";
show_details = "詳細を表示";
hide_details = "詳細を非表示";
per_second(bytes: &str) = "{bytes}/秒";
time_left(time: &str) = "残り {time}";
uploading = "エンジンに送信中";
upload = "アップロード";
loaded_images(images: &str) = "{images} を読み込みました";
output_gone = "出力はもう保持されていません。";
try_again = "再試行";
job_run(image: &str) = "{image} を実行";
job_stop_all = "すべて停止";
job_commit(name: &str) = "{name} をコミット";
job_running = "実行中";
job_done = "完了";
job_cancelled = "キャンセル済み";
job_failed = "失敗";
overall_progress = "全体の進行状況";
layers = "レイヤー";
column_layer = "レイヤー";
column_status = "状態";
column_progress = "進行状況";
bytes_of(current: &str, total: &str) = "{current} / {total}";
all_jobs = "すべてのジョブ";
no_jobs_title = "ジョブはありません";
no_jobs_text = "プル、プッシュ、実行、ビルド、コミット、一括操作は、実行中も終了後もここに表示され、全員が確認できます。";
committed_as(image: &str) = "イメージ {image}";
jobs_summary(running: usize, failed: usize) = "{running} 件実行中、{failed} 件失敗";
job_unknown_title = "このジョブはありません";
job_unknown_text = "消去されたか、その後に 100 件の新しいジョブが追加されました。";

// Run
run = "実行";
section_image = "イメージ";
section_image_text = "実行するイメージとコンテナの名前です。";
section_process_text = "空欄の項目には、イメージの設定が使われます。";
section_environment_text = "プロセスの環境変数です。";
section_ports_text = "ホストからコンテナへのポート転送です。";
section_mounts_text = "ボリューム、バインド、tmpfs です。";
section_labels_text = "自分やツールのための名前と値です。";
section_network_text = "再起動の方法と、接続できるネットワークです。";
section_danger = "危険な設定";
section_danger_text = "ホストを任せられるほど信頼できるコンテナにだけ使ってください。";
image = "イメージ";
image_placeholder = "alpine:3.20";
name = "名前";
optional = "任意";
command = "コマンド";
entrypoint = "エントリポイント";
working_directory = "作業ディレクトリ";
environment = "環境変数";
mounts = "マウント";
ports = "ポート";
labels = "ラベル";
add_variable = "変数を追加";
add_port = "ポートを追加";
add_mount = "マウントを追加";
add_label = "ラベルを追加";
variable_name = "変数名";
value = "値";
host_address = "ホストアドレス";
host_port = "ホストポート";
container_port = "コンテナポート";
protocol = "プロトコル";
mount_kind = "種類";
mount_volume = "ボリューム";
mount_bind = "バインド";
mount_tmpfs = "tmpfs";
mount_source = "マウント元";
mount_target = "マウント先";
label_name = "ラベル名";
restart_policy = "再起動ポリシー";
restart_no = "再起動しない";
restart_on_failure = "失敗時に再起動";
restart_unless_stopped = "停止操作をしない限り再起動";
restart_always = "常に再起動";
network = "ネットワーク";
network_default = "既定（bridge）";
run_in_background = "バックグラウンドで実行";
remove_when_it_exits = "終了時に削除";
allocate_a_terminal = "ターミナルを割り当て";
privileged = "特権モード";
privileged_text = "ホストとそのデバイスへの完全なアクセスを与えます。コンテナを操作できる人は、ホストを乗っ取れます。";
split_as = "分割の結果";
split_unclosed = "引用符が閉じられていないため、単語に分割できません。";
check_image_missing = "イメージを指定してください。";
check_image_here = "イメージはこのエンジンにあります。";
check_image_absent = "イメージがこのエンジンにないため、最初にプルされます。";
check_name_taken(name: &str) = "名前 {name} はすでに使われています。";
check_port_taken(port: u16, name: &str) = "ポート {port} は {name} が使用しています。";
check_port_invalid(port: &str) = { if port.is_empty() { "ポート番号がありません。1～65535 の範囲で指定してください。".into() } else { format!("{port} はポート番号として使えません。1～65535 の範囲で指定してください。") } };
check_restart_with_remove = "終了時に削除されるコンテナは再起動できません。両方を同時に指定すると、エンジンに拒否されます。";
check_mount_target = "マウント先を指定してください（例: /data）。";
checks = "事前チェック";
run_result = "実行結果";
run_result_idle = "手順、出力、終了コードがここに表示されます。";
step_pull = "プル";
step_create = "作成";
step_start = "起動";
step_wait = "待機";
step_logs = "ログ";
step_skipped = "不要";
exit_code(code: i64) = "終了コード {code}";
output = "出力";
output_none = "出力なし";
output_dropped(bytes: &str) = "出力の先頭 {bytes} は、もう保持されていません。";
output_too_long(shown: usize, lines: usize) = { format!("全 {} 行のうち、末尾の {} 行を表示しています。ダウンロードにはすべての行が含まれます。", count(lines), count(shown)) };
cancelling_run = "コンテナを停止しています。終了までの猶予時間は、指定がなければ 10 秒です。";
name_missing(value: &str) = "値「{value}」に名前がありません";
name_with_equals(name: &str) = "名前に「=」は使えません: {name}";
remove_variable(name: &str) = "変数 {name} を削除";
remove_port(number: &str) = "ポート {number} を削除";
remove_mount(target: &str) = "マウント {target} を削除";
remove_label(name: &str) = "ラベル {name} を削除";
running_in_background = "バックグラウンドで実行中";
open_container(name: &str) = "{name} を開く";
left_behind(name: &str) = "コンテナ {name} は作成され、そのまま残っています。";
nothing_left_behind = "コンテナは残っていません。";
engine_warning = "エンジンからの警告";

// Commit
commit_title(name: &str) = "{name} をコミット";
commit_intro = "コンテナがファイルシステムに加えたすべての変更から、イメージを作成します。ボリュームの内容は含まれません。";
repository_and_tag = "リポジトリとタグ";
message = "メッセージ";
author = "作成者";
pause_while_committing = "コミット中は一時停止";
pause_hint = "コミット中はプロセスを凍結し、ファイルが書き込みの途中で取り込まれないようにします。";
commit = "コミット";
commit_untagged_hint = "名前を付けないと、イメージは ID でしか見つけられません。";
did_commit(reference: &str) = "{reference} をコミットしました";

// Problems
connect_what(fault: ConnectFault) = {
    match fault {
        ConnectFault::AddressMalformed => "エンジンのアドレスではありません。",
        ConnectFault::ContextUnusable => "docker コンテキストを使用できません。",
        ConnectFault::CertificateFile => "証明書ファイルを使用できません。",
        ConnectFault::OwnCertificateExpired => "こちら側の証明書が有効期間内ではありません。",
        ConnectFault::PlainRefused => "通信が暗号化されず、経路上の誰でもエンジンのホストを乗っ取れる状態です。",
        ConnectFault::UnverifiedRefused => "docker コンテキストで、エンジンの証明書の検証が省略されています。",
        ConnectFault::NameUnknown => "ホスト名を解決できません。",
        ConnectFault::SocketMissing => "このパスにソケットがありません。",
        ConnectFault::SocketForbidden => "ソケットへのアクセスが拒否されました。",
        ConnectFault::Refused => "このアドレスで待ち受けているものがありません。",
        ConnectFault::NoRoute => "このアドレスへのネットワーク経路がありません。",
        ConnectFault::TimedOut => "時間内に応答がありませんでした。",
        ConnectFault::Gateway => "エンジンの手前にあるプロキシが、エンジンに接続できません。",
        ConnectFault::Lost => "接続が切れました。",
        ConnectFault::SshMissing => "ssh プログラムを起動できません。",
        ConnectFault::PlainExpected => "エンジンはこのアドレスで TLS を使用していません。",
        ConnectFault::TlsExpected => "エンジンはこのアドレスで TLS を使用していますが、TLS なしで接続しようとしました。",
        ConnectFault::UnknownIssuer => "エンジンの証明書が、信頼済みの CA から発行されたものではありません。",
        ConnectFault::WrongName => "エンジンの証明書は別のホストのものです。",
        ConnectFault::CertificateExpired => "エンジンの証明書の有効期限が切れています。",
        ConnectFault::CertificateNotYetValid => "エンジンの証明書はまだ有効期間に入っていません。",
        ConnectFault::CertificateBad => "エンジンの証明書を受け入れられません。",
        ConnectFault::ClientCertificateMissing => "エンジンからクライアント証明書を要求されましたが、設定されていません。",
        ConnectFault::ClientCertificateRefused => "こちら側の証明書がエンジンに受け入れられませんでした。",
        ConnectFault::TlsFailed => "双方が合意できる TLS の設定がありませんでした。",
        ConnectFault::SshHostKey => "ホスト鍵が ssh に登録されていないか、変更されています。",
        ConnectFault::SshDenied => "ssh の認証が拒否されました。",
        ConnectFault::SshNoDocker => "ホストで docker コマンドを実行できません。",
        ConnectFault::SshFailed => "ssh で接続できませんでした。",
        ConnectFault::NotAnEngine => "応答したのはエンジンではありません。",
        ConnectFault::Incompatible => "エンジンとこの Linkspan に共通の API バージョンがありません。",
        ConnectFault::Forbidden => "エンジン、またはその手前にあるプロキシが許可していません。",
        ConnectFault::Failing => "エンジンがエラーを返しました。",
    }
    .to_owned()
};
connect_advice(fault: ConnectFault) = {
    match fault {
        ConnectFault::AddressMalformed => {
            "unix:///var/run/docker.sock、tcp://host:2376、https://host:2376、ssh://user@host、context://name のような形式で指定してください。"
        }
        ConnectFault::ContextUnusable => {
            "既存のコンテキストは `docker context ls` で確認できます。コンテキストと config.json の場所は DOCKER_CONFIG で指定します。"
        }
        ConnectFault::CertificateFile => {
            "DOCKER_CERT_PATH（またはコンテキスト）に、PEM 形式の ca.pem、cert.pem、key.pem を置き、Linkspan の実行ユーザーが読み取れるようにしてください。"
        }
        ConnectFault::OwnCertificateExpired => {
            "エンジンの CA で証明書を更新し、DOCKER_CERT_PATH のファイルを置き換えてください。このマシンの時計も確認してください。"
        }
        ConnectFault::PlainRefused => {
            "TLS（DOCKER_TLS_VERIFY=1 と DOCKER_CERT_PATH、または https://）か ssh:// を使うか、リスクを承知のうえで --allow-plain-tcp を指定してください。"
        }
        ConnectFault::UnverifiedRefused => {
            "エンジンの CA をコンテキストに追加する（`docker context update`）か、リスクを承知のうえで --tls-no-verify を指定してください。"
        }
        ConnectFault::NameUnknown => {
            "ホスト名のつづりと、Linkspan のマシンで名前を解決できること（`getent hosts NAME`）を確認してください。"
        }
        ConnectFault::SocketMissing => {
            "エンジンを起動する（`systemctl start docker`、`systemctl --user start podman.socket`）か、パスを修正してください。コンテナ内で動かしている場合は、ソケットをマウントしてください。"
        }
        ConnectFault::SocketForbidden => {
            "Linkspan の実行ユーザーを docker グループに追加して（`usermod -aG docker USER`）Linkspan を起動し直すか、ソケットのグループを与えてください（コンテナ内では `--group-add`）。"
        }
        ConnectFault::Refused => {
            "エンジンが停止しているか、別のアドレスで待ち受けています。エンジンのホストで `systemctl status docker` を実行し、-H にこのアドレスを指定して起動されていることを確認してください。"
        }
        ConnectFault::NoRoute => "Linkspan とエンジンの間のネットワークと VPN を確認してください。",
        ConnectFault::TimedOut => {
            "ホストが停止しているか、ファイアウォールがパケットを破棄しているか、エンジンが応答不能になっています。エンジンのホストで確認してください。"
        }
        ConnectFault::Gateway => "プロキシの先にあるエンジンを起動するか、プロキシに設定されたエンジンのアドレスを修正してください。",
        ConnectFault::Lost => "エンジンが終了したか、Linkspan との間で接続が切断されました。自動的に再試行されます。",
        ConnectFault::SshMissing => "Linkspan のマシンに OpenSSH クライアントをインストールしてください。",
        ConnectFault::PlainExpected => {
            "暗号化なしで接続する場合は、http://host:port を使うか DOCKER_TLS_VERIFY の設定を解除してください。それ以外の場合は、エンジンを --tlsverify 付きで起動してください。"
        }
        ConnectFault::TlsExpected => "DOCKER_TLS_VERIFY=1 と DOCKER_CERT_PATH を設定するか、https:// を使ってください。",
        ConnectFault::UnknownIssuer => {
            "証明書を発行した CA を DOCKER_CERT_PATH の ca.pem に追加してください（コンテキストの場合は `docker context update`）。エンジンの証明書でない場合は、通信に第三者が割り込んでいます。"
        }
        ConnectFault::WrongName => {
            "証明書に記載された名前またはアドレスを使うか、このホストを subjectAltName に含む証明書を発行してください。"
        }
        ConnectFault::CertificateExpired => "エンジンのホストで証明書を更新してください。",
        ConnectFault::CertificateNotYetValid => "両方のマシンの時計を確認するか、有効期間が始まるまで待ってください。",
        ConnectFault::CertificateBad => {
            "エンジンの証明書を新しく発行してください。subjectAltName を含む X.509 v3 で、用途を制限する場合は serverAuth を含めます。"
        }
        ConnectFault::ClientCertificateMissing => "エンジンの CA が発行した cert.pem と key.pem を DOCKER_CERT_PATH に置いてください。",
        ConnectFault::ClientCertificateRefused => {
            "エンジンの起動時に指定した CA（--tlscacert）で cert.pem と key.pem を発行してください。clientAuth に使え、有効期限内である必要があります。"
        }
        ConnectFault::TlsFailed => "双方に TLS 1.2 以降が必要です。拒否された理由は、エンジンのログに記録されています。",
        ConnectFault::SshHostKey => {
            "Linkspan の実行ユーザーで一度手動で接続し（`ssh HOST`）、フィンガープリントを照合してから受け入れてください。"
        }
        ConnectFault::SshDenied => {
            "Linkspan の実行ユーザーが、パスフレーズのない鍵かエージェントを使えるようにしてください。`ssh -o BatchMode=yes HOST true` が成功する必要があります。"
        }
        ConnectFault::SshNoDocker => {
            "docker CLI 18.09 以降をホストにインストールし、ssh ログイン時の PATH に含めてください（`ssh HOST docker version` が成功する必要があります）。"
        }
        ConnectFault::SshFailed => "Linkspan の実行ユーザーで `ssh HOST docker version` を手動で実行すると、詳しい原因を確認できます。",
        ConnectFault::NotAnEngine => "ポートを確認してください。エンジンであれば、GET /version に対してバージョン情報を返します。",
        ConnectFault::Incompatible => "古いほうを更新してください。",
        ConnectFault::Forbidden => {
            "認可プラグインまたはソケットプロキシが間にあります。GET /info、/events、/containers、/images を許可してください。"
        }
        ConnectFault::Failing => "詳しくはエンジンのログ（`journalctl -u docker`）を確認してください。",
    }
    .to_owned()
};
problem_fell_behind(subject: &str) = "{subject} のログが増える速さに、表示が追いつきませんでした。";
problem_bad_request(subject: &str) = { if subject.is_empty() { "エンジンはこの操作を受け付けませんでした。".into() } else { format!("エンジンは「{subject}」に対するこの操作を受け付けませんでした。") } };
problem_forbidden(subject: &str) = "エンジンは {subject} に対するこの操作を許可していません。";
problem_not_found(subject: &str) = "{subject} が見つかりませんでした。";
problem_conflict(subject: &str) = "現在の状態では、エンジンは「{subject}」に対するこの操作を許可しません。";
problem_engine_failed(subject: &str) = "エンジンは「{subject}」に対するこの操作を試みましたが、失敗しました。";
problem_malformed(subject: &str) = "{subject} についてのエンジンの応答を解釈できませんでした。";
problem_registry_not_found(subject: &str) = "レジストリに {subject} はありません。";
advice_registry_not_found = "リポジトリとタグのつづりを確認してください。";
problem_registry_denied(subject: &str) = "レジストリが {subject} へのアクセスを拒否しました。";
advice_registry_denied = "別の認証情報が必要であるか、存在しない可能性があります。";
problem_registry_failed(subject: &str) = "{subject} のレジストリでエラーが発生したか、レジストリに接続できませんでした。";
advice_registry_failed = "レジストリの名前と、エンジンのホストから接続できることを確認してください。";
problem_credentials(subject: &str) = "「{subject}」のサインインに使う認証情報を読み取れません。";
advice_credentials = "別の認証情報を選ぶか、管理者に確認を依頼してください。";
problem_upload_cut(subject: &str) = "{subject} の一部が届きませんでした。";
advice_upload_cut = "ファイルの送信が終わるまで、タブを開いたままにしてください。";
problem_some_failed(failed: usize) = { format!("{} 件を処理できませんでした。理由は各項目に表示されています。", count(failed)) };
problem_archive(subject: &str) = "{subject} の中にイメージが見つかりませんでした。";
advice_archive = "docker save 形式の tar ファイルが必要です。";
problem_build = "ビルドが完了しませんでした。";
problem_too_old = "このエンジンは古いため、対応していません。";
problem_would_be_removed(subject: &str) = "{subject} は停止すると削除されます。";
problem_is_linkspan(subject: &str) = "{subject} では Linkspan 自身が動作しています。";
advice_is_linkspan = "停止する場合は、シェルから実行してください。";
problem_not_allowed = "現在のロールでは許可されていません。";
problem_cancelled = "キャンセルされました。";
problem_connection_lost = "応答が届く前に、Linkspan との接続が切れました。";
advice_connection_lost = "処理されたかどうかは不明です。再試行する前に状態を確認してください。";
problem_protocol(subject: &str) = { if subject.is_empty() { "Linkspan はこのページからの要求を解釈できませんでした。".into() } else { format!("Linkspan はこのページからの要求を解釈できませんでした（{subject}）。") } };
advice_protocol = "ページを再読み込みしてください。";
problem_too_many(subject: &str) = {
    match subject {
        "calls" => "同時に実行できる呼び出しの上限を超えています。".into(),
        "channels" => "同時に開けるチャネルの上限を超えています。".into(),
        "containers" => "同時に監視できるコンテナの上限を超えています。".into(),
        "credentials" => "保存できる認証情報の上限を超えています。".into(),
        "engines" => "追加できるエンジンの上限を超えています。".into(),
        "jobs" => "同時に実行できるジョブの上限を超えています。".into(),
        "objects" => "一度に処理できる項目の上限を超えています。".into(),
        other => format!("{other} の同時使用数の上限を超えています。"),
    }
};
advice_too_many = "いくつかが終わるまで待ってください。";
problem_internal = "Linkspan 自体でエラーが発生しました。";
advice_internal = "詳しくは Linkspan のログを確認してください。";

// Volumes and networks
networks = "ネットワーク";
filter_volumes = "ボリュームを絞り込む";
filter_networks = "ネットワークを絞り込む";
create = "作成";
create_volume = "ボリュームの作成";
create_network = "ネットワークの作成";
column_driver = "ドライバー";
column_mountpoint = "マウント先";
column_subnet = "サブネット";
field_scope = "スコープ";
field_gateway = "ゲートウェイ";
field_internal = "内部のみ";
field_attachable = "アタッチ可能";
field_network_id = "ネットワーク ID";
section_options = "ドライバーのオプション";
add_option = "オプションを追加";
anonymous = "匿名";
built_in = "組み込み";
action_copy_name = "名前をコピー";
no_volumes_title = "ボリュームはまだありません";
no_volumes_text = "ボリュームは、コンテナがなくなってもデータを保持します。コンテナが必要とするボリュームはエンジンが作成します。";
no_networks_title = "ネットワークはありません";
no_networks_text = "このエンジンには、組み込みのネットワークもありません。";
to_volumes = "ボリュームを表示";
to_networks = "ネットワークを表示";
volume_gone_title = "このボリュームはなくなりました。";
network_gone_title = "このネットワークはなくなりました。";
resource_unknown_title(name: &str) = "{name} はエンジンにありません";
resource_unknown_text = "削除されたか、名前が間違っています。";
remove_volume_text = "中のデータは完全に失われます。実行中かどうかにかかわらず、コンテナが使用している間はエンジンが削除を拒否します。";
remove_network_text = "実行中のコンテナが接続している間は、エンジンが削除を拒否します。";
prune_volumes_title = "未使用ボリュームの削除";
prune_networks_title = "未使用ネットワークの削除";
prune_volumes_exactly = "どのコンテナも使用していません。チェックしたものだけが削除されます。名前の付いたボリュームは、自動ではチェックされません。";
prune_networks_exactly = "実行中かどうかにかかわらず、どのコンテナも接続していません。チェックしたものだけが削除されます。";
no_unused_volumes = "すべてのボリュームがコンテナに使用されています。";
no_unused_networks = "すべてのネットワークがコンテナに使用されているか、組み込みのものです。";
did_create(name: &str) = "{name} を作成しました";
did_prune(objects: usize) = { format!("{} 個を削除しました", count(objects)) };
could_not_create_volume = "ボリュームを作成できませんでした。";
could_not_create_network = "ネットワークを作成できませんでした。";
subnet_hint = "サブネットを指定しない場合は、エンジンが空いているものを選びます。";
internal_network = "内部のみ: 外部への経路なし";
attachable_network = "アタッチ可能: コンテナが参加できます (swarm)";
connect = "接続する";
connect_container = "コンテナを接続…";
connect_title(network: &str) = "{network} にコンテナを接続";
connect_none = "すべてのコンテナがすでに接続しています。";
container = "コンテナ";
did_connect(container: &str, network: &str) = "{container} を {network} に接続しました";
could_not_connect(network: &str) = "コンテナを {network} に接続できませんでした。";
disconnect(container: &str) = "{container} を切断";
did_disconnect(container: &str, network: &str) = "{container} を {network} から切断しました";
could_not_disconnect(container: &str) = "{container} を切断できませんでした。";

// Stats
stats = "統計";
time_range = "期間";
minutes(minutes: u32) = { if minutes == 60 { "1 時間".into() } else { format!("{minutes} 分") } };
pause = "一時停止";
save_csv = "CSV で保存";
no_stats_title = "統計はありません";
no_stats_text = "統計はコンテナの実行中に取得できます。誰かが見ている間は、直近 1 時間分が保持されます。";
block_io = "ブロック I/O";
network_out = "送信";
network_in = "受信";
disk_read = "読み取り";
disk_write = "書き込み";
cpu_summary(average: &str, peak: &str) = "1 コアに対して平均 {average}、最大 {peak}";
memory_of_limit(share: &str, limit: &str) = "上限 {limit} の {share}";
memory_no_limit = "ホストのメモリー以外に上限はありません";
network_summary(received: &str, sent: &str) = "起動後の受信 {received}、送信 {sent}";
no_network_figures = "専用のネットワークはありません";
disk_summary(read: &str, written: &str) = "起動後の読み取り {read}、書き込み {written}";
no_disk_figures = "エンジンのホストでは計測されていません";
chart_of(title: &str, now: &str, summary: &str) = "{title}: {now}。{summary}";
mark_start = "起動";
mark_die = "終了";
mark_oom = "メモリー不足";
mark_pause = "一時停止";
mark_unpause = "再開";
processes_unknown = "プロセスを取得できません。";
processes = "プロセス";
every_seconds(seconds: u32) = "{seconds} 秒ごと";

// Terminal
terminal = "ターミナル";
terminals = "ターミナル一覧";
new_terminal = "新しいターミナル";
open_terminal = "ターミナルを開く";
could_not_open_terminal = "ターミナルを開けませんでした。";
terminal_private = "ターミナルは本人にだけ表示されます。";
terminal_stopped_title(name: &str) = "{name} は実行されていません";
terminal_stopped_text = "ターミナルには実行中のコンテナが必要です。先に起動してください。";
terminal_label(command: &str, name: &str) = "ターミナル、{name} の {command}。Ctrl Shift ↑ で抜けます。";
terminal_leave_hint = "Ctrl Shift ↑ でターミナルから抜けます。ページを離れると 1 分後に切断されます。";
terminal_ended(code: i64) = "終了コード {code} で終了しました。";
terminal_stays_hint = "Ctrl Shift ↑ でターミナルから抜けます。コンテナにシェルがないため切断できません。離れるときに Ctrl-C と入力の終わりが送られますが、動き続けることがあります。";
terminal_abandoned = "手放しました。Ctrl-C と入力の終わりを無視し、コンテナが停止するまで動き続けます。";
terminal_keys = "キー";
arrow_left = "左";
arrow_up = "上";
arrow_down = "下";
arrow_right = "右";
terminals_unknown = "開いているターミナルを取得できません。";
shells_unknown = "コンテナにあるシェルを調べられません。";
terminal_ended_unknown = "終了しました。";
end_terminal = "セッションの終了";
save_output = "出力の保存";
copy = "コピー";
shell = "シェルまたはコマンド";
shell_hint = "一覧にはコンテナ内のシェルが表示されます。ほかのコマンドも指定できます。";
of_container = "コンテナの既定";
no_shell_title = "シェルが見つかりません。";
no_shell_text(folders: &str) = "{folders} に bash、zsh、fish、ash、sh はありません。ほかのコマンドならターミナルで実行できます。";

// Files
files = "ファイル";
files_of(name: &str, path: &str) = "{name} の {path} にあるファイル";
path = "パス";
filter_files = "ファイルを絞り込む";
download_folder = "ダウンロード";
replace_files(files: usize) = { format!("{} 個のファイルを置き換え", count(files)) };
replace_files_title(files: usize) = { format!("{} 個のファイルを置き換えますか？", count(files)) };
replace_files_text(path: &str) = "{path} に同じ名前のものがあります。今の内容は失われます。";
upload_files = "アップロード";
did_upload(files: usize, path: &str) = { format!("{} 個のファイルを {path} にアップロードしました", count(files)) };
could_not_upload(path: &str) = "{path} へのアップロードに失敗しました。";
could_not_list(path: &str) = "フォルダー {path} を読み取れませんでした。";
could_not_read(path: &str) = "ファイル {path} を読み取れませんでした。";
listing_partial = "一部だけを表示しています。コンテナ内のシェルを使わずに調べるには、フォルダーが大きすぎます。";
folder_empty = "このフォルダーは空です";
to_parent = "上へ移動";
action_download = "ダウンロード";
column_mode = "モード";
column_owner = "所有者";
column_modified = "更新日時";
not_text_title = "テキストではありません";
not_text_text = "内容を確認するにはダウンロードしてください。";
file_cut(size: &str) = "先頭の {size} だけを表示しています。";

// JSON
search_json = "キーと値を検索";
match_count(found: usize) = { format!("{} 件", count(found)) };
nothing_found = "一致するものはありません。";
show_values = "値を表示";
expand_all = "すべて展開";
collapse_all = "すべて折りたたむ";
copy_json = "JSON をコピー";
copy_path = "パスをコピー";
copy_value = "値をコピー";

// Keyboard and palette
shortcuts = "キーボードショートカット";
shortcuts_hint = "ショートカット";
shortcuts_off = "1 文字のキーは設定で無効になっています。";
keys_anywhere = "どこでも";
keys_tables = "表";
keys_logs = "ログ";
key_palette = "コマンドパレット";
key_filter = "絞り込みまたは検索";
key_map = "この一覧";
key_go(page: &str) = "{page} へ移動";
key_open = "開く";
key_next_row = "次の行 (Shift を押すと選択しながら移動)";
key_previous_row = "前の行";
key_page_down = "10 行下へ";
key_page_up = "10 行上へ";
key_first_row = "最初の行";
key_last_row = "最後の行";
key_select = "行を選択";
key_select_to = "この行まで選択";
key_remove = "削除 (確認あり)";
key_fold = "折りたたむ、または行のプロジェクトへ移動";
key_unfold = "展開";
key_pause = "一時停止または再開";
key_parent = "上のフォルダーへ移動";
key_leave_terminal = "ターミナルから抜ける";
key_submit = "フォームを送信";
palette = "コマンドパレット";
palette_placeholder = "検索またはコマンドの実行";
palette_results = "結果";
palette_none = "一致するものはありません。";
palette_count(found: usize) = { format!("{} 件", count(found)) };
palette_page = "ページ";
palette_action = "操作";
preferences = "個人設定";
preferences_text = "このブラウザーにだけ保存されます。";
single_keys = "1 文字のキーボードショートカット";
single_keys_text = "J、K、X、G のあとに C など。入力欄にフォーカスがある間は働きません。";
language = "言語";
switch_language = "言語の切り替え";
theme = "テーマ";
theme_system_short = "システム";
theme_light_short = "ライト";
theme_dark_short = "ダーク";
kill(name: &str) = "{name} を強制終了";
remove(name: &str) = "{name} を削除";
seconds(number: &str) = "{number} 秒";
minutes_seconds(minutes: u64, seconds: u64) = "{minutes} 分 {seconds} 秒";
title_unhealthy(number: usize) = { format!("異常 {} 個", count(number)) };
title_jobs(number: usize) = { format!("実行中 {} 件", count(number)) };
project_running(running: usize, all: usize) = { format!("{} / {} 個が実行中", count(running), count(all)) };
no_project = "Compose 以外";
needs_attention(containers: usize) = { format!("要確認 {} 個", count(containers)) };
group_by_project = "プロジェクトごとにまとめる";
more = "その他";
select_project(name: &str) = "{name} のすべてを選択";

// What engines say most often
about_it(subject: &str, what: &str) = "{subject}：{what}";
needs_other = "必要な別のコンテナーがもうありません。";
advice_needs_other = "そのコンテナーのネットワークや名前空間を共有しています。両方を作り直してください。";
layer_cut = "未完了";
fault_what(fault: EngineFault) = { match fault {
    EngineFault::PortTaken => "このホストポートは、ほかのコンテナまたはプログラムが使用しています。",
    EngineFault::PortInvalid => "ポートの指定が正しくありません。",
    EngineFault::AddressNotThere => "エンジンのホストにこのアドレスはありません。",
    EngineFault::NameTaken => "この名前は別のコンテナが使用しています。",
    EngineFault::NameInvalid => "この名前は使用できません。",
    EngineFault::NoSuchContainer => "このコンテナはすでにありません。",
    EngineFault::NoSuchImage => "このイメージはエンジンにありません。",
    EngineFault::NoSuchVolume => "このボリュームはありません。",
    EngineFault::NoSuchNetwork => "このネットワークはありません。",
    EngineFault::NoSuchFile => "コンテナ内のこのパスには何もありません。",
    EngineFault::ReferenceInvalid => "イメージの参照として正しくありません。",
    EngineFault::ManifestUnknown => "レジストリにこのタグのイメージはありません。",
    EngineFault::PullDenied => "レジストリがこのイメージへのアクセスを拒否しました。",
    EngineFault::CredentialsMissing => "レジストリには認証情報が必要です。",
    EngineFault::CredentialsRefused => "レジストリがこの認証情報を受け付けませんでした。",
    EngineFault::RateLimit => "レジストリのプル回数の上限に達しました。",
    EngineFault::ConnectionRefused => "レジストリまたはホストのアドレスで応答がありません。",
    EngineFault::HostUnknown => "エンジンのホストがこのホスト名を解決できません。",
    EngineFault::TimedOut => "時間内に応答がありませんでした。",
    EngineFault::PlainRegistry => "このレジストリは TLS を使用していませんが、エンジンは TLS を必要とします。",
    EngineFault::CertificateUntrusted => "エンジンがレジストリの証明書を信頼していません。",
    EngineFault::ProgramNotFound => "イメージにこのプログラムはありません。",
    EngineFault::ProgramNotExecutable => "このファイルには実行権限がありません。",
    EngineFault::ProgramForeign => "このプログラムはエンジンのプロセッサーで実行できません。",
    EngineFault::NoCommand => "実行するコマンドがイメージにもフォームにもありません。",
    EngineFault::UserUnknown => "イメージにこのユーザーはいません。",
    EngineFault::MountMismatch => "フォルダーをファイルに、またはファイルをフォルダーにマウントしようとしています。",
    EngineFault::MountSourceMissing => "マウント元のパスがエンジンのホストにありません。",
    EngineFault::MountNotAbsolute => "マウント先は絶対パスで指定します。",
    EngineFault::MountSourceRelative => "ボリューム名でも絶対パスでもありません。",
    EngineFault::WorkingDirNotAbsolute => "作業ディレクトリは絶対パスで指定します。",
    EngineFault::IsRunning => "コンテナは実行中です。",
    EngineFault::NotRunning => "コンテナは実行されていません。",
    EngineFault::IsPaused => "コンテナは一時停止中です。",
    EngineFault::IsRestarting => "コンテナは再起動中です。",
    EngineFault::BeingRemoved => "コンテナは削除されている途中です。",
    EngineFault::ImageUsed => "このイメージはコンテナが使用しています。",
    EngineFault::ImageHasChildren => "このイメージを基にした別のイメージがあります。",
    EngineFault::ImageHasNames => "このイメージには複数の名前があります。",
    EngineFault::VolumeUsed => "このボリュームは、実行中かどうかにかかわらずコンテナが使用しています。",
    EngineFault::NetworkUsed => "実行中のコンテナがこのネットワークに接続しています。",
    EngineFault::NetworkExists => "この名前のネットワークはすでにあります。",
    EngineFault::SubnetOverlaps => "このサブネットは別のネットワークと重なっています。",
    EngineFault::NoSubnetLeft => "エンジンに空いているサブネットがありません。",
    EngineFault::DiskFull => "エンジンのディスクに空きがありません。",
    EngineFault::MemoryTooLittle => "メモリーの上限が小さすぎます。",
    EngineFault::RemoveAndRestart => "終了時に削除されるコンテナは再起動できません。",
    EngineFault::DeviceMissing => "エンジンのホストにこのデバイスはありません。",
    EngineFault::BlobMissing => "イメージの一部がレジストリーにありません。",
    EngineFault::ProxyRefused => "エンジンとレジストリーの間のプロキシーが通信を拒否しています。",
    EngineFault::LogsUnreadable => "このログドライバーは転送するだけで、エンジンから読み戻せません。",
}.to_owned() };
fault_advice(fault: EngineFault) = { match fault {
    EngineFault::PortTaken => "別のホストポートを選ぶか、使用しているものを停止してください。",
    EngineFault::PortInvalid => "ポートは 1～65535、プロトコルは tcp、udp、sctp のいずれかです。",
    EngineFault::AddressNotThere => "ホストアドレスを空にするか、ホストが持つアドレスを指定してください。",
    EngineFault::NameTaken => "別の名前を選ぶか、もう一方を削除または改名してください。",
    EngineFault::NameInvalid => "英数字で始め、英数字、ドット、ハイフン、アンダースコアだけを使ってください。",
    EngineFault::NoSuchContainer => "誰かが削除した可能性があります。一覧で確認してください。",
    EngineFault::NoSuchImage => "先にプルするか、綴りを確認してください。",
    EngineFault::NoSuchVolume => "作成するか、綴りを確認してください。",
    EngineFault::NoSuchNetwork => "作成するか、別のネットワークを選んでください。",
    EngineFault::NoSuchFile => "パスを確認してください。tmpfs 内のファイルは外から見えません。",
    EngineFault::ReferenceInvalid => "registry.example/team/app:1.2 のように小文字で指定してください。",
    EngineFault::ManifestUnknown => "リポジトリとタグを確認してください。",
    EngineFault::PullDenied => "リポジトリが存在しないか、別の認証情報が必要です。",
    EngineFault::CredentialsMissing => "保存済みの認証情報を選ぶか、ユーザーとパスワードを入力してください。",
    EngineFault::CredentialsRefused => "ユーザーとパスワード、またはリポジトリへの権限を確認してください。",
    EngineFault::RateLimit => "時間を置くか、レジストリにサインインしてください。サインインすると上限が増えます。",
    EngineFault::ConnectionRefused => "起動しているか、またポートが正しいかを確認してください。",
    EngineFault::HostUnknown => "綴りと、エンジンのホストの名前解決の設定を確認してください。",
    EngineFault::TimedOut => "エンジンのホストのネットワーク (VPN、ファイアウォール、プロキシ) を確認してください。",
    EngineFault::PlainRegistry => "エンジンの daemon.json の insecure-registries に追加するか、レジストリに証明書を設定してください。",
    EngineFault::CertificateUntrusted => "エンジンのホストの /etc/docker/certs.d に CA を配置してください。",
    EngineFault::ProgramNotFound => "コマンドとエントリポイントを確認してください。シェルのないイメージでは && などは使えません。",
    EngineFault::ProgramNotExecutable => "イメージ内で権限を付ける (chmod +x) か、インタープリター経由で実行してください。",
    EngineFault::ProgramForeign => "イメージが別のプラットフォーム向けか、スクリプトの先頭行がない可能性があります。",
    EngineFault::NoCommand => "コマンドを指定してください。",
    EngineFault::UserUnknown => "番号 (uid:gid) か、イメージ内のユーザーを指定してください。",
    EngineFault::MountMismatch => "マウントの両側を確認してください。",
    EngineFault::MountSourceMissing => "エンジンのホストに作成してください。パスはこのコンピューターのものではありません。",
    EngineFault::MountNotAbsolute => "スラッシュで始めてください。",
    EngineFault::MountSourceRelative => "バインドのマウント元はスラッシュで始めてください。",
    EngineFault::WorkingDirNotAbsolute => "スラッシュで始めてください。",
    EngineFault::IsRunning => "先に停止するか、強制的に実行してください。",
    EngineFault::NotRunning => "先に起動してください。",
    EngineFault::IsPaused => "先に再開してください。",
    EngineFault::IsRestarting => "少し待つか、停止してください。再起動の理由はログで確認できます。",
    EngineFault::BeingRemoved => "しばらく待ってください。残る場合は、何かがファイルを使用しています。",
    EngineFault::ImageUsed => "先にコンテナを削除してください。",
    EngineFault::ImageHasChildren => "先にそれらを削除してください。",
    EngineFault::ImageHasNames => "名前を指定して削除するか、強制的に削除してください。",
    EngineFault::VolumeUsed => "先にコンテナを削除してください。",
    EngineFault::NetworkUsed => "先に切断するか、停止してください。",
    EngineFault::NetworkExists => "別の名前を選んでください。",
    EngineFault::SubnetOverlaps => "別のサブネットを選ぶか、エンジンに任せてください。",
    EngineFault::NoSubnetLeft => "未使用のネットワークを削除するか、daemon.json の default-address-pools を広げてください。",
    EngineFault::DiskFull => "ディスク使用量で、何が容量を占め、何を削除できるかを確認してください。",
    EngineFault::MemoryTooLittle => "Docker では 6 MB 以上が必要です。",
    EngineFault::RemoveAndRestart => "どちらか一方を選んでください。",
    EngineFault::DeviceMissing => "ホストの /dev 以下のパスを確認してください。",
    EngineFault::BlobMissing => "イメージをもう一度プッシュするか、レジストリーで削除されたものを確認してください。",
    EngineFault::ProxyRefused => "エンジンの HTTP_PROXY と HTTPS_PROXY、およびプロキシーの許可設定を確認してください。",
    EngineFault::LogsUnreadable => "転送先を確認するか、json-file、local、journald のいずれかでコンテナーを作り直してください。",
}.to_owned() };
show_all_words = "すべて表示";
show_less = "一部を表示";
}
