/**
 * What the metrics are, in Chinese, by the English help text.
 *
 * @module
 */

/** Chinese by English. */
export const metricTexts: Readonly<Record<string, string>> = {
  "Manager and agent": "manager 与 agent",
  "Manager": "manager",
  "Agent": "agent",
  "Manager, with `--metrics-compat=metallb`": "manager，带 `--metrics-compat=metallb`",
  "metric": "指标",
  "type": "类型",
  "labels": "标签",
  "what": "含义",
  "Always 1; the labels say which porter and which Deno this is.":
    "恒为 1；标签说明是哪个版本的 porter 和 Deno。",
  "CPU time, user and system, in seconds.": "CPU 时间，用户态与内核态之和，单位为秒。",
  "Resident memory in bytes.": "常驻内存，单位为字节。",
  "When the process started, in seconds since the epoch.": "进程启动的时间，自 Unix 纪元起的秒数。",
  "How long a pass of the loop took (manager: plan and say; agent: look at the kernel and change it), in seconds; _count is how many there were.":
    "循环每一轮的用时（manager：规划并通告；agent：查看内核并修改），单位为秒；_count 是轮数。",
  "1 for the state that the session with the peer is in, 0 for all others (RFC 4271).":
    "与对等体的会话当前所处的状态为 1，其余状态为 0（RFC 4271）。",
  "1 when the session with the peer is Established, else 0.":
    "与对等体的会话为 Established 时为 1，否则为 0。",
  "For how long the session has been Established, in seconds; 0 when it is not.":
    "会话保持 Established 的时长，单位为秒；未建立时为 0。",
  "How often the session has left Established.": "会话离开 Established 的次数。",
  "When the session, or a try for one, last ended, in seconds since the epoch; the labels say who ended it (local, remote, tcp) and with which NOTIFICATION.":
    "会话或建立会话的尝试最近一次结束的时间，自 Unix 纪元起的秒数；标签说明由谁结束（local、remote、tcp），用的是哪个 NOTIFICATION。",
  "BGP messages exchanged with the peer, by direction (sent, received) and type.":
    "与对等体交换的 BGP 消息，按方向（sent、received）和类型。",
  "Prefixes that the peer shall be told; undefined while it is not known which families it takes.":
    "应向对等体通告的前缀数；尚不知道它接受哪些地址族时，未定义。",
  "Prefixes that the peer was told in this session and that were not withdrawn.":
    "本次会话中已向对等体通告且未撤销的前缀数。",
  "Paths that the peer was told in this session: next hops, with ADD-PATH several a prefix.":
    "本次会话中已向对等体通告的路径数：即下一跳，有 ADD-PATH 时每个前缀可有多条。",
  "Prefixes that the peer told us; they are counted and not used.":
    "对等体向我们通告的前缀数；只计数，不采用。",
  "Prefixes kept back by the peer's cap.": "因该对等体的上限而压下不发的前缀数。",
  "Faults in received UPDATEs that did not end the session (RFC 7606).":
    "收到的 UPDATE 中没有导致会话结束的错误数（RFC 7606）。",
  "EIPs that are announced to every peer whose session is up, by family.":
    "向所有已建立会话的对等体都通告了的 EIP 数，按地址族。",
  "Routes that spec.brake of the BgpConf holds: announced, though nothing plans them any more.":
    "BgpConf 的 spec.brake 保留的路由数：仍在通告，虽然已没有任何依据。",
  "1 when the BGP port of the BgpConf is listened on, else 0.":
    "正在监听 BgpConf 的 BGP 端口时为 1，否则为 0。",
  "Connections that were turned away: unknown addresses, floods, bad moments.":
    "被拒绝的连接数：未知地址、泛洪、时机不对。",
  "BFD sessions by what is watched (BgpPeer, Node) and by their state (RFC 5880).":
    "BFD 会话数，按被监视者（BgpPeer、Node）和状态（RFC 5880）。",
  "How often BFD sessions went from Up to Down without being asked to, by what is watched.":
    "BFD 会话在无人要求的情况下从 Up 变为 Down 的次数，按被监视者。",
  "1 when the BFD session with the peer is Up, else 0.":
    "与该对等体的 BFD 会话为 Up 时为 1，否则为 0。",
  "1 when this manager is the one that writes, else 0; all of them announce.":
    "这个 manager 是负责写入的那个时为 1，否则为 0；所有 manager 都通告。",
  "1 when every kind of object was listed once, else 0; before that nothing is decided.":
    "每种对象都已列出过一次时为 1，否则为 0；在此之前不作任何决定。",
  "Objects that are read, by kind.": "读取的对象数，按 kind。",
  "Faults in objects, by severity; of an object with an error the last good version counts.":
    "对象中的错误数，按严重程度；有错误的对象以最后一个正确的版本为准。",
  "Services of porter's by state (announced, allocated, pending, released) and by the reason that their conditions give.":
    "归 porter 管的 Service 数，按状态（announced、allocated、pending、released）和 condition 给出的原因。",
  "What is refused now, by kind of object and reason.": "当前被拒绝的数量，按对象的 kind 和原因。",
  "Addresses that the pool (Eip) can hand out.": "地址池（Eip）可分配的地址数。",
  "Addresses of the pool that are in use.": "地址池中正在使用的地址数。",
  "1 when the pool has nothing more to hand out, else 0.": "地址池再无地址可分配时为 1，否则为 0。",
  "1 when new addresses come from the pool, 0 when it is disabled, refused or being deleted.":
    "地址池可分配新地址时为 1；被停用、被拒绝或正在删除时为 0。",
  "Nodes by whether they may be next hops of the family: Eligible, or why not.":
    "节点数，按能否作该地址族的下一跳：Eligible，或不能的原因。",
  "Nodes that are next hops of the EIP, or of the prefix that covers several.":
    "作为该 EIP、或覆盖多个 EIP 的前缀的下一跳的节点数。",
  "From the moment at which a change of objects was heard until a peer's connection has taken the UPDATEs for it, in seconds; one observation for each change and peer.":
    "从获知对象变化，到对等体的连接接收了由此产生的 UPDATE 为止，单位为秒；每个变化、每个对等体一次观测。",
  "EIPs that this node shall take in: a local route and an entry of the guard for each.":
    "该节点应接收的 EIP 数：每个对应一条本地路由和防护规则中的一项。",
  "EIPs that the node took in when its kernel was last looked at.":
    "最近一次查看内核时，该节点正在接收的 EIP 数。",
  "EIPs that the node has by somebody else's hand; they are left alone.":
    "由别人配置在该节点上的 EIP 数；不去动它们。",
  "Ports of Services that the guard lets through to the EIPs.":
    "防护规则允许到达 EIP 的 Service 端口数。",
  "Passes in which the kernel had to be changed.": "需要修改内核的轮数。",
  "Passes in which the kernel had to be changed although nothing else was wanted: somebody took away or added what is porter's.":
    "期望状态未变却需要修改内核的轮数：有人删除或添加了属于 porter 的内容。",
  "Number of usable IP addresses per pool.": "每个地址池可用的 IP 地址数。",
  "Number of usable IPv4 addresses per pool.": "每个地址池可用的 IPv4 地址数。",
  "Number of usable IPv6 addresses per pool.": "每个地址池可用的 IPv6 地址数。",
  "Number of IP addresses in use per pool.": "每个地址池正在使用的 IP 地址数。",
  "Number of IPv4 addresses in use per pool.": "每个地址池正在使用的 IPv4 地址数。",
  "Number of IPv6 addresses in use per pool.": "每个地址池正在使用的 IPv6 地址数。",
  "Number of Services that have an address of the pool.": "拥有该地址池地址的 Service 数。",
  "1 if the configuration was loaded at least once.": "配置至少加载过一次时为 1。",
  "1 if an object with errors is ignored, and its last good version is in force.":
    "有错误的对象被忽略、由其最后一个正确的版本生效时为 1。",
  "BGP session state (1 is up, 0 is down).": "BGP 会话状态（1 为已建立，0 为未建立）。",
  "Prefixes that are announced on the session.": "在该会话上通告的前缀数。",
  "UPDATEs sent.": "发送的 UPDATE 数。",
  "OPENs sent.": "发送的 OPEN 数。",
  "OPENs received.": "收到的 OPEN 数。",
  "NOTIFICATIONs sent.": "发送的 NOTIFICATION 数。",
  "UPDATEs received.": "收到的 UPDATE 数。",
  "KEEPALIVEs sent.": "发送的 KEEPALIVE 数。",
  "KEEPALIVEs received.": "收到的 KEEPALIVE 数。",
  "ROUTE-REFRESHs sent.": "发送的 ROUTE-REFRESH 数。",
  "Messages sent.": "发送的消息数。",
  "Messages received.": "收到的消息数。",
  "Services being announced through this node, and at which address.":
    "正在经由该节点通告的 Service，以及所用的地址。",
};
