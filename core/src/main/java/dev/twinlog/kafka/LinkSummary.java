package dev.twinlog.kafka;

import dev.twinlog.internal.progress.AbortedMove;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.ReverseEntries;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.StoredEntry;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A link that writes into a cluster, as it is described there. Immutable. */
public final class LinkSummary {
  private final LinkDescription link;
  private final Optional<Instant> lastContact;
  private final Optional<String> move;

  LinkSummary(LinkDescription link, Collection<StoredEntry> entries) {
    this.link = link;
    this.lastContact =
        MoveEntries.contacts(entries).values().stream()
            .map(Contact::atMs)
            .max(Comparator.naturalOrder())
            .map(Instant::ofEpochMilli);
    MoveEntries.Stored stored = MoveEntries.move(entries);
    this.move =
        stored
            .header()
            .map(LinkSummary::text)
            .map(
                text ->
                    ReverseEntries.reversal(entries)
                        .map(reversal -> text + ", reversed by link " + reversal.link())
                        .orElse(text))
            .or(() -> some(stored))
            .or(() -> MoveEntries.aborted(entries).map(LinkSummary::text));
  }

  /** Only some topics were moved. */
  private static Optional<String> some(MoveEntries.Stored stored) {
    return stored.some().isEmpty()
        ? Optional.empty()
        : Optional.of(
            stored.some().stream()
                .map(
                    one ->
                        "%s moved by %s".formatted(new TreeSet<>(one.topics()), text(one.header())))
                .collect(Collectors.joining("; ")));
  }

  private static String text(MoveHeader move) {
    return "%s at %s by %s%s"
        .formatted(
            move.verb(),
            Instant.ofEpochMilli(move.begunMs()),
            move.actor(),
            move.isDone() ? "" : ", not finished");
  }

  private static String text(AbortedMove move) {
    return "%s, taken back: %s".formatted(text(move.header()), move.reason());
  }

  /** Its name. */
  public String link() {
    return link.link();
  }

  /** The id of the cluster that it reads. */
  public String sourceCluster() {
    return link.sourceCluster();
  }

  /** Its topics: target topic by source topic, in the order of their names. */
  public Map<String, String> topics() {
    return new TreeMap<>(link.topics());
  }

  /**
   * When the source last reported an end of one of its partitions, as far as that was saved, which
   * is every 30 seconds at least while the link runs; empty if it isn't known.
   */
  public Optional<Instant> lastContact() {
    return lastContact;
  }

  /**
   * That it was moved to the target: how, when and by whom; also if that was taken back. Empty if
   * it was not.
   */
  public Optional<String> move() {
    return move;
  }

  @Override
  public String toString() {
    return "%s: %d topics of cluster %s, last contact %s%s"
        .formatted(
            link(),
            link.topics().size(),
            sourceCluster(),
            lastContact.map(Instant::toString).orElse("unknown"),
            move.map(it -> ", " + it).orElse(""));
  }
}
