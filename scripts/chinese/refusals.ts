/**
 * What every "no" means, in Chinese, by the English meaning.
 *
 * @module
 */

/** Chinese by English. */
export const refusalTexts: Readonly<Record<string, string>> = {
  "a field of the object cannot be used; the last good version stays in force":
    "对象的某个字段不能用；最后一个正确的版本继续生效",
  "spec.address is not an address, a prefix or a range":
    "spec.address 既不是地址，也不是前缀或范围",
  "the pool shares addresses with an older pool, which keeps them":
    "该地址池与更早的地址池有相同的地址，这些地址归更早的那个",
  "the pool's protocol is not served; only bgp is": "不提供该地址池的协议；只提供 bgp",
  "the one object that an Eip is holds as many claims as it can; what is held stays, other Eips go on":
    "一个 Eip 就是一个对象，它已容纳了所能容纳的全部占用记录；已持有的地址不变，其他 Eip 照常",
  "the requested address is not an IP address": "所要的地址不是 IP 地址",
  "no pool contains the requested address": "没有地址池包含所要的地址",
  "the requested address ends in .0 or .255 and the pool does not use those":
    "所要的地址以 .0 或 .255 结尾，而地址池不使用这样的地址",
  "the requested address is held by another Service": "所要的地址由另一个 Service 持有",
  "the Service that holds the requested address has another sharing key or none":
    "持有所要地址的 Service 的共享键不同，或没有共享键",
  "the Service that holds the requested address is of a namespace that is not admitted":
    "持有所要地址的 Service 所在的命名空间不被接纳",
  "the Service that holds the requested address has the same port":
    "持有所要地址的 Service 有相同的端口",
  "the Service that holds the requested address treats packets in another way":
    "持有所要地址的 Service 以另一种方式处理报文",
  "the requested address is of a family that the Service does not have":
    "所要地址的地址族是该 Service 没有的",
  "the pool of the requested address serves another protocol": "所要地址的地址池提供的是另一种协议",
  "the pool of the requested address is disabled or being deleted":
    "所要地址的地址池已停用，或正在删除",
  "no Eip of the name that the Service asks for can serve it": "Service 所要的名字没有可用的 Eip",
  "the pool admits neither the Service's namespace nor, by its labels, the Service":
    "该地址池既不接纳 Service 的命名空间，也不按标签接纳该 Service",
  "every pool that admits the Service hands out on request only":
    "接纳该 Service 的每个地址池都只在被指明时才分配",
  "the address is a node's own, so it is neither handed out nor announced":
    "该地址是某个节点自己的，因此既不分配也不通告",
  "the protocol annotation is neither bgp nor layer2": "协议注解既不是 bgp 也不是 layer2",
  "the Service asks for layer2, which is not served": "Service 要求 layer2，而这不提供",
  "no pool of the Service's protocol and family exists": "没有该 Service 的协议和地址族的地址池",
  "every pool that could serve the Service is disabled":
    "能为该 Service 提供地址的每个地址池都已停用",
  "every address of every pool that could serve the Service is in use":
    "能为该 Service 提供地址的每个地址池的每个地址都在使用",
  "no endpoint of the Service is ready, so nothing is announced":
    "Service 没有就绪的端点，因此什么也不通告",
  "endpoints are ready, but no node may be a next hop": "有就绪的端点，但没有节点可以作下一跳",
  "the address is in the pod network of a node, so it is not announced":
    "该地址在某个节点的 pod 网络中，因此不通告",
  "no router forwards packets of the address, so it is not announced":
    "没有路由器会转发该地址的报文，因此不通告",
  "an annotation that sets a BGP attribute means nothing and is left out":
    "设置 BGP 属性的注解没有意义，已略去",
  "the Eip lets no Service set this BGP attribute, so it is left out":
    "Eip 不让 Service 设置这个 BGP 属性，已略去",
  "the Eip shall be announced by covering prefixes, and some of its addresses are announced one by one":
    "该 Eip 应以覆盖前缀通告，而其中一些地址是逐个通告的",
  "there is no BgpConf, so no session is opened": "没有 BgpConf，因此不建立会话",
  "an older BgpConf is in force; exactly one is used": "更早的 BgpConf 在生效；只使用一个",
  "BFD has lost so many nodes at once that the manager's own network is suspected; they stay":
    "BFD 同时失去的节点太多，怀疑是 manager 自己的网络；节点保留",
  "one change would have withdrawn too many routes at once; they stay announced until released":
    "一次变化会同时撤销太多路由；在放行之前继续通告",
  "spec.asPerRack has no AS for the rack of the node that porter runs on":
    "spec.asPerRack 没有 porter 所在节点的机架的 AS",
  "the BGP port cannot be listened on": "无法监听 BGP 端口",
  "the agents of some nodes shall speak to the peer, but there is no such node":
    "应由某些节点的 agent 与该对等体建立会话，但没有这样的节点",
  "an older BgpPeer names the same neighbour address and port":
    "更早的 BgpPeer 有相同的邻居地址和端口",
  "there is no Secret, or no key in it, for the peer's password":
    "没有该对等体密码所在的 Secret，或其中没有该键",
  "what the Secret has for the peer's password cannot be a password":
    "Secret 中的内容不能作该对等体的密码",
  "the peer's session needs socket options that porter may not, or cannot, set here":
    "该对等体的会话需要的套接字选项，porter 在这里不被允许或无法设置",
  "the peer asks for something that porter cannot do": "该对等体要求 porter 做不到的事",
  "the node's kernel does not take the rule that forwards port 179 to porter":
    "节点的内核不接受把 179 端口转给 porter 的规则",
  "the BFD session that the peer asks for cannot run here; BGP goes on without it":
    "该对等体所要的 BFD 会话在这里无法运行；BGP 在没有它的情况下继续",
  "the peer's cap on announced prefixes is reached": "已达到该对等体通告前缀数的上限",
  "the peer does not take an address family in which Services have addresses":
    "该对等体不接收某个 Service 地址所属的地址族",
};
