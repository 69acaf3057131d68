/**
 * What stands around the tables of the reference, and in its columns, in Chinese; and of annotations.
 *
 * @module
 */

/** Chinese by English. */
export const referenceTexts: Readonly<Record<string, string>> = {
  "Reference": "参考",
  'Every field that porter reads, every annotation, every name for a "no". `kubectl explain eip.spec` says the same of the cluster that you are on. [manifests/samples](../manifests/samples) has examples to start from.':
    "porter 读取的每个字段、每个注解、每种拒绝的名字。`kubectl explain eip.spec` 说明你所在集群中的同样内容（英文）。[manifests/samples](../../manifests/samples) 中有可以作为起点的例子。",
  "field": "字段",
  "value": "值",
  "meaning": "含义",
  "annotation": "注解",
  "reason": "原因",
  " (required)": "（必填）",
  "; default ": "；默认 ",
  "list of ": "列表：",
  "label selector": "标签选择器",
  "true or false": "true 或 false",
  "fields": "字段组",
  "map": "映射",
  "string": "字符串",
  "integer": "整数",
  " Rules: ": "规则：",
  "; ": "；",
  ".": "。",
  "Annotations": "注解",
  'Every "no"': "每种拒绝",
  "The same name is the reason of the object's condition and of its event, a field of the log entry `refused`, and a label of the metrics. The message beside it has the particulars.":
    "同一个名字是对象的 condition 和事件的原因（reason）、日志条目 `refused` 的一个字段、指标的一个标签。旁边的消息给出具体情况。",
  "on a BgpConf: what its brake held at this time is released (docs/policy.md); what it holds later is not":
    "写在 BgpConf 上：放行其 brake 在这个时间所保留的路由（docs/zh/policy.md）；之后保留的不放行",
  "on a Node: it is drained since this time (docs/policy.md)":
    "写在 Node 上：从这个时间起排空（drain）该节点（docs/zh/policy.md）",
  "`porter` makes the Service porter's, as `spec.loadBalancerClass: porter.kubesphere.io/porter` does":
    "`porter` 使 Service 归 porter 管，与 `spec.loadBalancerClass: porter.kubesphere.io/porter` 相同",
  "the same as the README of 2020 misspelt it; works, with a warning":
    "同上，2020 年的 README 误拼的写法；有效，但有警告",
  "the address the Service asks for; porter writes the one it gave here too":
    "Service 所要的地址；porter 分配的地址也写在这里",
  "`bgp`; `layer2` is refused by name": "`bgp`；`layer2` 会被拒绝，并说明原因",
  "the Eip, or one for each family, that the Service wants its addresses of":
    "Service 想从哪个 Eip 得到地址，也可以每个地址族一个",
  "Services with the same key may share an address": "键相同的 Service 可以共享一个地址",
  "namespaces whose Services may share with this one; `*` for all":
    "哪些命名空间的 Service 可以与它共享；`*` 表示全部",
  "written by porter: what the Service holds, and of which Eip; do not touch":
    "由 porter 写入：Service 持有什么地址、来自哪个 Eip；请勿改动",
  "written by porter while an address is let go of; do not touch":
    "放开一个地址期间由 porter 写入；请勿改动",
};
