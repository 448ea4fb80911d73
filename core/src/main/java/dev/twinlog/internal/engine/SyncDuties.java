package dev.twinlog.internal.engine;

import dev.twinlog.AclSync;
import dev.twinlog.DeletedTopic;
import dev.twinlog.TopicSync;
import dev.twinlog.internal.abilities.SinkAbilities;
import dev.twinlog.internal.abilities.SourceAbilities;
import dev.twinlog.internal.abilities.StoreAbilities;
import dev.twinlog.internal.engine.duty.Duties;
import dev.twinlog.internal.engine.duty.Duty;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.sync.AclDuty;
import dev.twinlog.internal.engine.sync.ConfigDuty;
import dev.twinlog.internal.engine.sync.CopiedConfigs;
import dev.twinlog.internal.engine.sync.DeletionDuty;
import dev.twinlog.internal.engine.sync.GroupDuty;
import dev.twinlog.internal.engine.sync.HeartbeatDuty;
import dev.twinlog.internal.engine.sync.HeldWrites;
import dev.twinlog.internal.engine.sync.TrimDuty;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.CompactedTopics;
import dev.twinlog.spi.NamedCluster;
import java.time.Duration;
import java.util.Optional;

/** Makes the duties that keep the target in step in all but its records. */
final class SyncDuties {
  /** When what the link keeps in step is compared first; what it creates is in step already. */
  private static final long FIRST_SYNC = Duration.ofSeconds(10).toNanos();

  private static final long FIRST_GROUPS = Duration.ofSeconds(1).toNanos();

  private final Link link;
  private final LinkSettings settings;
  private final RunningLink.Parts parts;
  private final Discovery discovery;
  private final StoreAbilities store;
  private final CopiedConfigs configs;

  SyncDuties(RunningLink.Parts parts, Discovery discovery, StoreAbilities store) {
    this.link = parts.link();
    this.settings = link.settings();
    this.parts = parts;
    this.discovery = discovery;
    this.store = store;
    this.configs = new CopiedConfigs(store.configs());
  }

  /**
   * Adds those that the settings ask for, and that source and sink are able to do.
   *
   * @return the one that keeps groups in step, if there is one
   */
  Optional<Duty> addTo(Duties syncs, long now) {
    addTopicSyncs(syncs, now);
    addAclSync(syncs, now);
    addHeartbeats(syncs, now);
    return addGroupSync(syncs, now);
  }

  /** Adds the one that keeps groups in step, if the link is to do that now. */
  Optional<Duty> addGroupSync(Duties syncs, long now) {
    Optional<GroupDuty> groups = GroupDuty.of(link, store.groups(), configs);
    groups.ifPresent(duty -> syncs.add(duty, now + FIRST_GROUPS));
    return groups.map(duty -> duty);
  }

  private void addTopicSyncs(Duties syncs, long now) {
    TopicSync sync = settings.get(LinkOptions.TOPIC_SYNC);
    SourceAbilities source = settings.sourceAbilities();
    SinkAbilities sink = settings.sinkAbilities();
    CopiedTopics copied =
        new CopiedTopics(parts.link(), parts.partitions(), parts.admission(), discovery::counts);
    if (sync.configs().isOn() && source.configs().isPresent() && sink.configs().isPresent()) {
      syncs.add(
          new ConfigDuty(
              link,
              new ConfigDuty.Sides(source.configs().get(), sink.configs().get()),
              new ConfigDuty.Topics(copied::topics, copied::targets),
              configs),
          now + Math.min(FIRST_SYNC, sync.configs().interval().toNanos()));
      parts.admission().onCreated(configs::created);
    }
    long first = now + Math.min(FIRST_SYNC, settings.get(LinkOptions.DISCOVERY_INTERVAL).toNanos());
    if (sync.onDelete() == DeletedTopic.DELETE) { // build() has checked that both sides can
      syncs.add(
          new DeletionDuty(
              link,
              new DeletionDuty.Sides(
                  source.removals().orElseThrow(),
                  sink.removals().orElseThrow(),
                  source.cluster().orElseThrow(),
                  sink.cluster().orElseThrow(),
                  discovery::registeredSource),
              copied::present),
          first);
    }
    if (sync.trims()) {
      syncs.add(
          new TrimDuty(
              link,
              source.removals().orElseThrow(),
              sink.removals().orElseThrow(),
              link.claims().history(),
              copied::singleRoutes),
          first);
    }
  }

  private void addAclSync(Duties syncs, long now) {
    AclSync acls = settings.get(LinkOptions.TOPIC_SYNC).acls();
    Optional<AclStore> source = settings.sourceAbilities().acls();
    Optional<AclStore> sink = settings.sinkAbilities().acls();
    HeldWrites held = new HeldWrites(store.entries(), parts.connection().heldAcls());
    if (acls.isOn() && source.isPresent() && sink.isPresent()) {
      syncs.add(
          new AclDuty(
              link, source.get(), sink.get(), parts.connection()::copied, store.acls(), held),
          now + Math.min(FIRST_SYNC, acls.interval().toNanos()));
    } else {
      held.forget();
    }
  }

  private void addHeartbeats(Duties syncs, long now) {
    Optional<NamedCluster> source = settings.sourceAbilities().name();
    Optional<NamedCluster> target = settings.sinkAbilities().name();
    Optional<CompactedTopics> sink = settings.sinkAbilities().compacted();
    if (settings.get(LinkOptions.MIRROR_MAKER_TOPICS).writesHeartbeats()
        && source.isPresent()
        && target.isPresent()
        && sink.isPresent()) {
      String from = source.get().alias();
      syncs.add(new HeartbeatDuty(link, sink.get(), from, target.get().alias()), now);
    }
  }
}
