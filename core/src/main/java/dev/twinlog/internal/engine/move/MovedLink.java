package dev.twinlog.internal.engine.move;

import dev.twinlog.internal.abilities.StoreAbilities;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.ReverseEntries;
import dev.twinlog.internal.progress.ReverseEntries.Resend;
import dev.twinlog.internal.progress.ReverseEntries.Reversal;
import dev.twinlog.internal.progress.ReverseEntries.Seed;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.ReadableStore.Saved;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.StoredEntry;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;

/**
 * What is stored of a link, read without taking it over. Immutable.
 *
 * @param seams where its copy has ended, if it was moved
 * @param move how it was moved; empty if it was not
 * @param reversal how it was reversed; empty if it was not
 * @param resend what its reversal copies
 * @param seed of a link that is the reverse of another one
 */
record MovedLink(
    LinkDescription description,
    Saved saved,
    Optional<MoveHeader> move,
    Map<TopicPartition, Seam> seams,
    Optional<Reversal> reversal,
    Resend resend,
    Seed seed) {

  /**
   * Reads the state of a link.
   *
   * @throws LinkFailedException if no such link writes into that cluster
   */
  static MovedLink read(Side target, String link) {
    List<LinkDescription> links = target.cluster().linksInto();
    LinkDescription description =
        links.stream()
            .filter(one -> one.link().equals(link))
            .findFirst()
            .orElseThrow(() -> new UnknownLinkException(link, target.alias(), links, null));
    return of(description, saved(target, link));
  }

  private static MovedLink of(LinkDescription description, Saved saved) {
    MoveEntries.Stored stored = MoveEntries.move(saved.entries());
    return new MovedLink(
        description,
        saved,
        stored.header(),
        stored.seams(),
        ReverseEntries.reversal(saved.entries()),
        ReverseEntries.resend(saved.entries()),
        ReverseEntries.seed(saved.entries()));
  }

  /** As {@link #read}, but empty if no link of this name has state in that cluster. */
  static Optional<MovedLink> find(Side target, String link) {
    return hasState(target, link)
        ? Optional.of(of(new LinkDescription(link, "", "", Map.of()), saved(target, link)))
        : Optional.empty();
  }

  private static boolean hasState(Side target, String link) {
    try (ProgressStore store = target.openStore(link)) {
      return store instanceof ReadableStore readable && readable.exists();
    }
  }

  private static Saved saved(Side target, String link) {
    try (ProgressStore store = target.openStore(link)) {
      if (store instanceof ReadableStore readable) {
        return readable.read();
      }
    }
    throw new ReplicationException(
        "link %s can't be reversed: the progress store that its sink opens can't be read, as that of KafkaSink can (ReadableStore)"
            .formatted(link));
  }

  String link() {
    return description.link();
  }

  /** Its target topics by source topic: those of its description, and all that it has copied. */
  Map<String, String> topics() {
    Map<String, String> topics = new TreeMap<>(description.topics());
    for (Progress one : saved.progress().values()) {
      for (RouteProgress route : one.routes()) {
        topics.put(route.route().source().topic(), route.route().target().topic());
      }
    }
    return topics;
  }

  /** Changes what is stored of a moved link. */
  @FunctionalInterface
  interface Change {
    void make(StoreAbilities store, EntryStore entries, Collection<StoredEntry> found);
  }

  /**
   * Takes the link over, changes what is stored of it, and gives it back.
   *
   * @param target where it is stored
   * @throws RetriableException if it was moved again, or reopened, since it was read
   */
  void change(Side target, Change change) {
    StoreAbilities store = target.open(link());
    try {
      EntryStore entries =
          store
              .entries()
              .orElseThrow(() -> new ReplicationException("the store of the moved link is none"));
      store.store().load();
      Collection<StoredEntry> found = entries.takeEntries();
      Optional<UUID> now = MoveEntries.move(found).header().map(MoveHeader::id);
      if (!now.equals(move.map(MoveHeader::id))) {
        throw new RetriableException(
            "link %s was moved again, or reopened, meanwhile: call reverse again"
                .formatted(link()));
      }
      change.make(store, entries, found);
    } finally {
      store.store().close();
    }
  }
}
