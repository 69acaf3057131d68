/**
 * What the fields of Eip, BgpConf and BgpPeer are, in Chinese, by the English description or rule.
 *
 * @module
 */

/** Chinese by English. */
export const fieldTexts: Readonly<Record<string, string>> = {
  "A pool of addresses for Services of type LoadBalancer.":
    "供 type 为 LoadBalancer 的 Service 使用的地址池。",
  "One address, a prefix (203.0.113.0/24) or a range (first-last).":
    "一个地址、一个前缀（203.0.113.0/24）或一个范围（首地址-末地址）。",
  "must be an address, a prefix (203.0.113.0/24) or a range (first-last)":
    "必须是一个地址、一个前缀（203.0.113.0/24）或一个范围（首地址-末地址）",
  "must be a range of one family": "范围必须属于同一个地址族",
  "must be a range whose first address is not after its last": "范围的首地址不得在末地址之后",
  "How the addresses are announced; bgp where nothing is said.": "地址如何通告；不写则为 bgp。",
  "No new address is handed out; those in use stay.": "不再分配新地址；正在使用的保留。",
  "Addresses that end in .0 or .255 may be handed out as well.":
    "以 .0 或 .255 结尾的地址也可以分配。",
  "Pools with a lower number hand out first, then older ones; 100 where nothing is said.":
    "数字小的地址池先分配，相同时先建立的在先；不写则为 100。",
  "false: only Services that name this pool (annotation porter.kubesphere.io/pool) or one of its addresses get one; true where nothing is said.":
    "false：只有指明该地址池（注解 porter.kubesphere.io/pool）或其中某个地址的 Service 才能得到地址；不写则为 true。",
  "Only Services of these namespaces, or of those that namespaceSelector means.":
    "只供这些命名空间的 Service 使用，或 namespaceSelector 所指的命名空间。",
  "Only Services of namespaces with these labels, or of those in namespaces.":
    "只供带有这些标签的命名空间中的 Service 使用，或 namespaces 所列的命名空间。",
  "Only Services with these labels.": "只供带有这些标签的 Service 使用。",
  "How the addresses are announced.": "地址如何通告。",
  "Communities (RFC 1997): 64512:100, or a name like no-export.":
    "团体属性（communities，RFC 1997）：64512:100，或 no-export 这样的名字。",
  "Large communities (RFC 8092): 64512:1:2.":
    "大团体属性（large communities，RFC 8092）：64512:1:2。",
  "Extended communities (RFC 4360): rt:64512:100, soo:192.0.2.1:5, 0x and 16 digits.":
    "扩展团体属性（extended communities，RFC 4360）：rt:64512:100、soo:192.0.2.1:5，或 0x 加 16 位十六进制数字。",
  "LOCAL_PREF, said to internal peers only; 100 where nothing is said.":
    "LOCAL_PREF，只告诉内部对等体；不写则为 100。",
  "MULTI_EXIT_DISC; not said where nothing is said.": "MULTI_EXIT_DISC；不写则不携带。",
  "How many times more than once our AS stands in AS_PATH towards external peers.":
    "对外部对等体，我们的 AS 在 AS_PATH 中除一次之外再重复多少次。",
  "Which of these a Service may set by annotation; none where nothing is said.":
    "Service 可以用注解自行设置其中哪些；不写则一个也不可以。",
  "Bytes per second that a ready endpoint stands for in the link bandwidth of a node's path, for Services of externalTrafficPolicy Local; not said where nothing is said.":
    "在节点路径的链路带宽（link bandwidth）中，一个就绪端点相当于每秒多少字节，用于 externalTrafficPolicy 为 Local 的 Service；不写则不携带。",
  "Only nodes with these labels are next hops; all where nothing is said.":
    "只有带有这些标签的节点作下一跳；不写则为全部节点。",
  "At most so many next hops of an address, chosen for each address by rendezvous hashing; all where nothing is said.":
    "一个地址至多有这么多下一跳，对每个地址用 rendezvous 哈希选出；不写则为全部。",
  "The addresses are announced by the prefixes of this length that cover them, as long as one address of a prefix is live; each address by itself where nothing is said.":
    "只要某个前缀中有一个地址在用，就通告覆盖这些地址的、该长度的前缀；不写则逐个通告地址。",
  "The configuration of porter's BGP speaker; exactly one is in force.":
    "porter 的 BGP speaker 的配置；只有一个生效。",
  "Our autonomous system number.": "我们的自治系统号（AS）。",
  "Autonomous system numbers in place of `as`, by the rack of the node that a manager or an agent runs on: the node's label porter.kubesphere.io/rack or openelb.kubesphere.io/rack.":
    "代替 `as` 的自治系统号，按 manager 或 agent 所在节点的机架区分：即节点的标签 porter.kubesphere.io/rack 或 openelb.kubesphere.io/rack。",
  "Our BGP identifier, written like an IPv4 address.":
    "我们的 BGP 标识符（BGP identifier），写法与 IPv4 地址相同。",
  "must be a dotted quad like 10.0.0.1, not 0.0.0.0":
    "必须是 10.0.0.1 这样的点分四段，不能是 0.0.0.0",
  "The TCP port on which leaf switches reach us; 179 as a rule.":
    "叶交换机连接我们时使用的 TCP 端口；通常为 179。",
  "The managers watch the nodes with BFD (docs/bfd.md).":
    "manager 用 BFD 监视节点（docs/zh/bfd.md）。",
  "Whether the managers watch the nodes with BFD; true where spec.nodeBfd is there.":
    "manager 是否用 BFD 监视节点；有 spec.nodeBfd 时默认为 true。",
  "Milliseconds between BFD packets to a node; 100 where nothing is said.":
    "发往节点的 BFD 报文之间的毫秒数；不写则为 100。",
  "So many intervals of silence and the node is out; 3 where nothing is said.":
    "这么多个间隔没有回音，节点就不再作下一跳；不写则为 3。",
  "When more percent of the nodes are lost at once, none is taken out, since it is more likely the manager's own network; 50 where nothing is said.":
    "同时失联的节点超过这个百分比时，一个也不剔除，因为更可能是 manager 自己的网络出了问题；不写则为 50。",
  "How nodes are taken out (RFC 8326).": "节点如何退出（RFC 8326）。",
  "Seconds from the beginning of a node's drain until its paths are withdrawn; 60 where nothing is said.":
    "从开始排空（drain）节点到撤销其路径的秒数；不写则为 60。",
  "No withdrawal leaves an address fewer next hops than these; 1 where nothing is said.":
    "任何撤销都不会使一个地址的下一跳少于这个数；不写则为 1。",
  "A cordoned node is drained; false where nothing is said.":
    "被 cordon 的节点也排空；不写则为 false。",
  "Holds withdrawals when one change would take away too many routes (docs/policy.md). Left out: nothing is held.":
    "一次变化会去掉太多路由时，先不撤销（docs/zh/policy.md）。不写则不作保留。",
  "When more percent of the routes would be withdrawn within withinSeconds, they stay announced; 50 where nothing is said.":
    "在 withinSeconds 之内将要撤销的路由超过这个百分比时，继续通告它们；不写则为 50。",
  "Withdrawals within so many seconds count together; 10 where nothing is said.":
    "这么多秒之内的撤销合并计算；不写则为 10。",
  "Fewer routes than these are withdrawn at once, whatever their share; a covering prefix counts as its Services; 10 where nothing is said.":
    "少于这个数的路由立即撤销，不论占多大比例；覆盖前缀按其中的 Service 数计算；不写则为 10。",
  "A leaf switch that porter speaks BGP with.": "与 porter 建立 BGP 会话的叶交换机。",
  "Who the leaf switch is.": "叶交换机是谁。",
  "neighborAddress is required: the IPv4 or IPv6 address of a router":
    "必须写 neighborAddress：路由器的 IPv4 或 IPv6 地址",
  "listenRange cannot stand beside neighborAddress": "listenRange 不能与 neighborAddress 同时存在",
  "listenLimit goes with listenRange only": "listenLimit 只能与 listenRange 一起使用",
  "The leaf switch's autonomous system number.": "叶交换机的自治系统号。",
  "Our autonomous system number towards this leaf switch, in place of the BgpConf's: it alone stands in AS_PATH.":
    "对这台叶交换机使用的我们的自治系统号，代替 BgpConf 的：AS_PATH 中只有它。",
  "The leaf switch's IPv4 or IPv6 address.": "叶交换机的 IPv4 或 IPv6 地址。",
  "must be the IPv4 or IPv6 address of a router": "必须是路由器的 IPv4 或 IPv6 地址",
  "In place of neighborAddress: every leaf switch that connects from this prefix is a peer.":
    "代替 neighborAddress：从该前缀连接过来的每台叶交换机都是对等体。",
  "must be a prefix of routers like 10.40.0.0/24": "必须是 10.40.0.0/24 这样的、路由器所在的前缀",
  "With listenRange: so many sessions at once at most; 100 where nothing is said.":
    "与 listenRange 一起使用：同时至多这么多会话；不写则为 100。",
  "ECMP over one session: several next hops for one EIP, where the leaf switch takes them.":
    "一个会话上的 ECMP：在叶交换机接受时，一个 EIP 有多个下一跳。",
  "At most so many next hops of a route are announced (RFC 7911); 0 means 8.":
    "一条路由至多通告这么多下一跳（RFC 7911）；0 表示 8。",
  "How the TCP connection is made.": "TCP 连接如何建立。",
  "Wait for the leaf switch to connect to us.": "等待叶交换机连接我们。",
  "The TCP port to connect to; 179 where nothing is said.": "要连接的 TCP 端口；不写则为 179。",
  "Our own address of the session: connect from it, be connected to on it.":
    "会话中我们自己的地址：从它发起连接，也在它上面接受连接。",
  "must be an address of this host": "必须是本机的地址",
  "The interface of the session; a link-local neighborAddress needs one.":
    "会话所用的接口；链路本地的 neighborAddress 需要它。",
  "GTSM (RFC 5082): the leaf switch is at most so many hops away, 1 when directly connected; packets from farther away are dropped. The leaf switch needs the same setting.":
    "GTSM（RFC 5082）：叶交换机至多在这么多跳之外，直连为 1；来自更远处的报文被丢弃。叶交换机需要相同的设置。",
  "The TTL of what we send: how many hops away the leaf switch may be; the system's, 64 as a rule, where nothing is said.":
    "我们发出的报文的 TTL：叶交换机可以在多少跳之外；不写则为系统的值，通常为 64。",
  "Take the leaf switch's connections to port 179 in, whatever port we listen on.":
    "接收叶交换机到 179 端口的连接，不论我们监听哪个端口。",
  "Who opens sessions with the leaf switch.": "谁与叶交换机建立会话。",
  "nodeSelector goes with type Agents only": "nodeSelector 只能与 type Agents 一起使用",
  "Managers: each manager opens one session and announces every node. Agents: the agent of each selected node opens a session and announces that node.":
    "Managers：每个 manager 建立一个会话，通告每个节点。Agents：每个选中节点的 agent 建立一个会话，通告该节点。",
  "The nodes whose agents speak; all of them where nothing is said. Only with type Agents.":
    "由哪些节点的 agent 通告；不写则为全部节点。只能与 type Agents 一起使用。",
  "Notices within a second that the leaf switch is gone (RFC 5880).":
    "在一秒之内发现叶交换机已失效（RFC 5880）。",
  "Whether BFD (RFC 5880) watches the leaf switch; true where spec.bfd is there.":
    "是否用 BFD（RFC 5880）监视叶交换机；有 spec.bfd 时默认为 true。",
  "Milliseconds between our BFD packets, at least; 300 where nothing is said.":
    "我们的 BFD 报文之间至少的毫秒数；不写则为 300。",
  "Milliseconds between the leaf switch's BFD packets, at least; 300 where nothing is said.":
    "叶交换机的 BFD 报文之间至少的毫秒数；不写则为 300。",
  "So many packets may be missing before it is down; 3 where nothing is said.":
    "丢失这么多个报文后判为 Down；不写则为 3。",
  "UDP port 4784 and any TTL (RFC 5883) instead of 3784 and a neighbour on the link (RFC 5881); where nothing is said, true for a peer of our own AS and with a BGP session over several hops.":
    "使用 UDP 端口 4784 和任意 TTL（RFC 5883），而不是 3784 和链路上的邻居（RFC 5881）；不写时，对自己 AS 的对等体以及跨越多跳的 BGP 会话为 true。",
  "How fast a lost session is noticed, and tried again.": "多快发现会话丢失，多快重试。",
  "Proposed hold time in seconds, 0 or 3 to 65535; 90 where nothing is said.":
    "提议的保持时间（hold time），单位为秒，0 或 3 到 65535；不写则为 90。",
  "must be 0 or from 3 to 65535 (RFC 4271 section 4.2)":
    "必须是 0，或 3 到 65535（RFC 4271 第 4.2 节）",
  "Seconds between KEEPALIVEs, at most a third of holdTime; that third where nothing is said.":
    "KEEPALIVE 之间的秒数，至多为 holdTime 的三分之一；不写则为这个三分之一。",
  "Seconds between attempts to connect; 10 where nothing is said.":
    "两次尝试连接之间的秒数；不写则为 10。",
  "Seconds to wait after a session failed, doubled each time up to a minute; 1 where nothing is said.":
    "会话失败后等待的秒数，每次加倍，至多一分钟；不写则为 1。",
  "Whether routes stay while we are away (RFC 4724, RFC 8538).":
    "我们离开期间路由是否保留（RFC 4724、RFC 8538）。",
  "Ask the leaf switch to keep our routes while we restart (RFC 4724); true where nothing is said. Without gracefulRestart managers ask for it, and agents do not.":
    "请叶交换机在我们重启期间保留我们的路由（RFC 4724）；不写则为 true。没有 gracefulRestart 时 manager 会这样请求，agent 不会。",
  "For so many seconds at most, until the session is back; 4 where nothing is said. GoBGP takes no connection for 5 s after a session is lost: it needs more.":
    "会话恢复之前至多这么多秒；不写则为 4。GoBGP 在会话丢失后 5 秒内不接受连接：对它需要更大的值。",
  "The password of the session (TCP MD5, RFC 2385), 1 to 80 bytes. While there is none, no session is opened.":
    "会话的密码（TCP MD5，RFC 2385），1 到 80 字节。没有密码期间不建立会话。",
  "The name of the Secret.": "Secret 的名字。",
  "The Secret's namespace; only porter's own is read in a cluster.":
    "Secret 的命名空间；在集群中只读取 porter 自己的命名空间。",
  "Which of its values; password where nothing is said.": "Secret 中的哪个值；不写则为 password。",
  "The next hop that the leaf switch is told: node, the nodes that serve (a third party to the session), or self, our own address of the session; node where nothing is said.":
    "告诉叶交换机的下一跳：node 是提供服务的节点（会话的第三方），self 是会话中我们自己的地址；不写则为 node。",
  "What the leaf switch is told, and what is said of it.": "告诉叶交换机什么，以及附带什么属性。",
  "At most so many prefixes are announced; 1000000 where nothing is said.":
    "至多通告这么多前缀；不写则为 1000000。",
  "Only addresses of Eips with these labels; all where nothing is said.":
    "只通告带有这些标签的 Eip 的地址；不写则为全部。",
  "Only Services with these labels; all where nothing is said.":
    "只通告带有这些标签的 Service；不写则为全部。",
  "Only nodes with these labels as next hops; all where nothing is said.":
    "只以带有这些标签的节点作下一跳；不写则为全部。",
};
