package dev.twinlog.internal.options;

import static dev.twinlog.internal.options.Format.FLAG;
import static dev.twinlog.internal.options.Format.INTEGER;
import static dev.twinlog.internal.options.Format.LONG;
import static dev.twinlog.internal.options.Format.MILLIS;
import static dev.twinlog.internal.options.Format.NUMBER;
import static dev.twinlog.internal.options.Format.PATTERNS;
import static dev.twinlog.internal.options.Format.TEXT;
import static dev.twinlog.internal.options.Format.choice;

import dev.twinlog.AclSync;
import dev.twinlog.ConfigSync;
import dev.twinlog.DeadLetters;
import dev.twinlog.DeletedTopic;
import dev.twinlog.Gap;
import dev.twinlog.GroupSync;
import dev.twinlog.LocalCommits;
import dev.twinlog.MirrorMakerTopics;
import dev.twinlog.RecreatedTopic;
import dev.twinlog.Throttle;
import dev.twinlog.TopicSync;
import dev.twinlog.VerifyOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The properties that describe {@link TopicSync}, {@link GroupSync}, {@link MirrorMakerTopics},
 * {@link DeadLetters}, {@link VerifyOptions} and {@link Throttle}. They are applied in this order,
 * each to what those before it have made of the default.
 */
final class SyncProperties {
  private static final Format<Duration> INTERVAL = MILLIS.within(Limits.INTERVALS);

  static final List<PropertySetter<TopicSync, ?>> OF_TOPICS =
      List.of(
          Property.of(
                  "create.topics",
                  FLAG,
                  "TopicSync.creating",
                  "`true`",
                  "whether missing target topics are created")
              .sets(TopicSync::creating),
          Property.of(
                  "grow.partitions",
                  FLAG,
                  "TopicSync.growing",
                  "`true`",
                  "whether partitions are added to target topics that have too few")
              .sets(TopicSync::growing),
          Property.of(
                  "share.targets",
                  FLAG,
                  "TopicSync.sharing",
                  "`false`",
                  "whether the link may copy to a topic to which another link copies the same topic"
                      + " already")
              .sets(TopicSync::sharing),
          Property.of(
                  "on.delete",
                  choice(DeletedTopic.values()),
                  "TopicSync.onDelete",
                  "`keep`",
                  "`delete` deletes the copy of a source topic that was deleted, [with"
                      + " proof](#removals-at-the-source)")
              .sets(TopicSync::onDelete),
          Property.of(
                  "on.recreate",
                  choice(RecreatedTopic.values()),
                  "TopicSync.onRecreate",
                  "`stop`",
                  "`follow` copies a source topic that was deleted and created again from its"
                      + " beginning, after what the target has; `stop` waits for `acceptLoss`")
              .sets(TopicSync::onRecreate),
          Property.of(
                  "on.gap",
                  choice(Gap.values()),
                  "TopicSync.onGap",
                  "`stop`",
                  "`continue` leaves out offsets that the source removed before they were copied,"
                      + " and reports how many; `stop` waits for `acceptLoss`")
              .sets(TopicSync::onGap),
          Property.of(
                  "trim",
                  FLAG,
                  "TopicSync.trimming",
                  "`false`",
                  "`true` deletes records from the target [when the source has deleted"
                      + " them](#removals-at-the-source)")
              .sets(TopicSync::trimming),
          Property.of(
                  "sync.configs",
                  FLAG,
                  "TopicSync.configs",
                  "`true`",
                  "whether [the configs of target topics](#configs-of-target-topics) follow those of"
                      + " their source topics; `false` is `ConfigSync.off()`")
              .sets((sync, on) -> sync.configs(on ? ConfigSync.defaults() : ConfigSync.off())),
          Property.of(
                  "sync.configs.include",
                  PATTERNS,
                  "ConfigSync.including",
                  "all",
                  "which configs follow: regular expressions that match whole names, separated by"
                      + " commas")
              .sets((sync, regexes) -> sync.configs(sync.configs().including(regexes))),
          Property.of(
                  "sync.configs.exclude",
                  PATTERNS,
                  "ConfigSync.excluding",
                  "none",
                  "which configs don't follow")
              .sets((sync, regexes) -> sync.configs(sync.configs().excluding(regexes))),
          Property.of(
                  "sync.configs.overwrite",
                  FLAG,
                  "ConfigSync.overwriting",
                  "`false`",
                  "whether configs that are set on the target topic only are removed")
              .sets((sync, on) -> sync.configs(sync.configs().overwriting(on))),
          Property.of(
                  "sync.configs.interval.ms",
                  INTERVAL,
                  "ConfigSync.interval",
                  "5 min",
                  "how often the configs of both sides are compared")
              .sets((sync, interval) -> sync.configs(sync.configs().interval(interval))),
          Property.of(
                  "sync.acls",
                  choice(
                      Map.of(
                          "off", AclSync.off(),
                          "topics", AclSync.topics(),
                          "topicsAndGroups", AclSync.topicsAndGroups())),
                  "TopicSync.acls",
                  "`off`",
                  "which [ACLs of the source](#acls) are kept in step in the target: `off`, `topics`"
                      + " or `topicsAndGroups`")
              .sets(TopicSync::acls),
          Property.of(
                  "sync.acls.writes",
                  choice(AclSync.Writes.values()),
                  "AclSync.writes",
                  "`hold_back`",
                  "whether ACLs of operations that change a topic are created: `hold_back` or `copy`")
              .requires("sync.acls")
              .sets((sync, writes) -> sync.acls(sync.acls().writes(writes))),
          Property.of(
                  "sync.acls.delete",
                  FLAG,
                  "AclSync.deleting",
                  "`true`",
                  "whether ACLs that the link has created are deleted again")
              .requires("sync.acls")
              .sets((sync, on) -> sync.acls(sync.acls().deleting(on))),
          Property.of(
                  "sync.acls.interval.ms",
                  INTERVAL,
                  "AclSync.interval",
                  "5 min",
                  "how often the ACLs of both sides are compared")
              .requires("sync.acls")
              .sets((sync, interval) -> sync.acls(sync.acls().interval(interval))));

  static final List<PropertySetter<GroupSync, ?>> OF_GROUPS =
      List.of(
          Property.of(
                  "sync.groups",
                  FLAG,
                  "GroupSync.off",
                  "`true`",
                  "whether consumer groups are kept in step; `false` is `GroupSync.off()`")
              .sets((sync, on) -> on ? sync : GroupSync.off()),
          Property.of(
                  "groups",
                  PATTERNS,
                  "GroupSync.matching",
                  "`.*`",
                  "which consumer groups: regular expressions that match whole ids, separated by"
                      + " commas")
              .sets(GroupSync::matching),
          Property.of(
                  "groups.exclude",
                  PATTERNS,
                  "GroupSync.excluding",
                  "none",
                  "which consumer groups are not kept in step")
              .sets(GroupSync::excluding),
          Property.of(
                  "groups.interval.ms",
                  INTERVAL,
                  "GroupSync.interval",
                  "5 s",
                  "how often the positions of groups are compared")
              .sets(GroupSync::interval),
          Property.of(
                  "delete.groups",
                  FLAG,
                  "GroupSync.deleting",
                  "`false`",
                  "whether groups that are deleted in the source are deleted in the target")
              .sets(GroupSync::deleting),
          Property.of(
                  "sync.share.groups",
                  FLAG,
                  "GroupSync.shareGroups",
                  "`true`",
                  "whether share groups are kept in step as well, where both sides have them")
              .sets(GroupSync::shareGroups),
          Property.of(
                  "groups.local.commits",
                  choice(LocalCommits.values()),
                  "GroupSync.localCommits",
                  "`keep`",
                  "whether positions in the target that others wrote are kept, or overwritten:"
                      + " `overwrite`")
              .sets(GroupSync::localCommits));

  static final List<PropertySetter<MirrorMakerTopics, ?>> OF_MIRROR_MAKER =
      List.of(
          Property.of(
                  "mirrormaker.checkpoints",
                  FLAG,
                  "MirrorMakerTopics.checkpoints",
                  "`false`",
                  "whether the link writes `<alias>.checkpoints.internal`: the positions of groups")
              .sets((topics, on) -> on ? topics.checkpoints() : topics),
          Property.of(
                  "mirrormaker.heartbeats",
                  FLAG,
                  "MirrorMakerTopics.heartbeats",
                  "`false`",
                  "whether the link writes `<alias>.heartbeats`: that it runs")
              .sets((topics, on) -> on ? topics.heartbeats() : topics),
          Property.of(
                  "mirrormaker.separator",
                  TEXT,
                  "MirrorMakerTopics.separator",
                  "`.`",
                  "what is between the parts of these names: MirrorMaker's"
                      + " `replication.policy.separator`")
              .sets(MirrorMakerTopics::separator));

  static final List<PropertySetter<DeadLetters, ?>> OF_DEAD_LETTERS =
      List.of(
          Property.of(
                  "dead.letters.topic",
                  TEXT,
                  "DeadLetters.to",
                  "none",
                  "an existing topic of the target cluster; without it a partition stops at a record"
                      + " that is refused")
              .sets((none, topic) -> DeadLetters.to(topic)),
          Property.of(
                  "dead.letters.limit.per.hour",
                  INTEGER,
                  "DeadLetters.limitPerHour",
                  "100",
                  "how many dead letters a partition may have within an hour; the next one stops it")
              .requires("dead.letters.topic")
              .sets(DeadLetters::limitPerHour));

  static final List<PropertySetter<VerifyOptions, ?>> OF_VERIFICATION =
      List.of(
          Property.of(
                  "verify.pass.ms",
                  MILLIS,
                  "VerifyOptions.continuous",
                  "not verified",
                  "how long a pass over all partitions takes, after which the next one begins:"
                      + " a second to 365 days")
              .sets(VerifyOptions::continuous),
          Property.of(
                  "verify.sample",
                  NUMBER,
                  "VerifyOptions.sample",
                  "1, everything",
                  "which part of each log a pass compares; each pass chooses another")
              .requires("verify.pass.ms")
              .sets(VerifyOptions::sample),
          Property.of(
                  "verify.last.ms",
                  MILLIS,
                  "VerifyOptions.from",
                  "everything",
                  "compares only records of the last so many milliseconds")
              .requires("verify.pass.ms")
              .sets(VerifyOptions::from),
          Property.of(
                  "verify.max.bytes.per.second",
                  LONG,
                  "VerifyOptions.maxBytesPerSecond",
                  "no limit",
                  "the most bytes a second that are read of both clusters, even if a pass takes"
                      + " longer then")
              .requires("verify.pass.ms")
              .sets(VerifyOptions::maxBytesPerSecond),
          Property.of(
                  "verify.max.memory.bytes",
                  LONG,
                  "VerifyOptions.maxMemory",
                  "64 MiB",
                  "the most memory for records of both clusters, at least 8 MiB")
              .requires("verify.pass.ms")
              .sets(VerifyOptions::maxMemory));

  static final List<PropertySetter<Throttle, ?>> OF_THROTTLE =
      List.of(
          Property.of(
                  "throttle.bytes.per.second",
                  LONG,
                  "Throttle.bytesPerSecond",
                  "no limit",
                  "the most bytes a second that are read of the source, over all lanes, after a"
                      + " burst of at most one second's")
              .sets((none, bytes) -> Throttle.bytesPerSecond(bytes)),
          Property.of(
                  "throttle.catch.up.only",
                  FLAG,
                  "Throttle.catchUpOnly",
                  "`false`",
                  "whether only partitions that catch up are limited")
              .requires("throttle.bytes.per.second")
              .sets(Throttle::catchUpOnly));

  private SyncProperties() {}
}
