package dev.twinlog.internal.engine.move;

import dev.twinlog.internal.abilities.SinkAbilities;
import dev.twinlog.internal.abilities.StoreAbilities;
import dev.twinlog.internal.progress.MovedAcl;
import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.NamedCluster;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.TopicSink;
import java.util.List;
import java.util.Optional;

/**
 * One of the two clusters of a link that is reversed: links write into both, one after the other.
 *
 * @param logs reads its topics, as the link that reads them does
 * @param sink what links into it write with
 */
public record Side(ReadableLogs logs, Sink sink) {

  private SinkAbilities abilities() {
    return SinkAbilities.of(sink);
  }

  LinkedCluster cluster() {
    return abilities().cluster().orElseThrow(() -> missing("LinkedCluster"));
  }

  TopicSink topics() {
    return abilities().topics().orElseThrow(() -> missing("TopicSink"));
  }

  Optional<GroupStore> groups() {
    return abilities().groups();
  }

  /** Deletes ACLs of this cluster; returns why one could not be deleted. */
  Optional<ReplicationException> deleteAcls(List<MovedAcl> acls) {
    Optional<AclStore> store = abilities().acls();
    return store.isPresent()
        ? new WriterFence(store.get()).delete(acls)
        : Optional.of(missing("AclStore"));
  }

  String alias() {
    return abilities().name().map(NamedCluster::alias).orElse("the cluster");
  }

  /** Opens the store of a link into this cluster, without taking the link over. */
  ProgressStore openStore(String link) {
    return abilities()
        .state()
        .orElseThrow(() -> missing("StatefulSink"))
        .openProgressStore(new OfflineContext(link));
  }

  /** As {@link #openStore}. */
  StoreAbilities open(String link) {
    return StoreAbilities.of(openStore(link));
  }

  private ReplicationException missing(String ability) {
    return new ReplicationException(
        "%s can't be used to reverse a link: it does not implement %s, as KafkaSink does"
            .formatted(sink, ability));
  }
}
