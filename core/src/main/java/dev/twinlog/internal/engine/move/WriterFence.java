package dev.twinlog.internal.engine.move;

import dev.twinlog.internal.progress.MovedAcl;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.AclEntry.Kind;
import dev.twinlog.spi.AclEntry.Pattern;
import dev.twinlog.spi.AclEntry.Permission;
import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.Acls;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The ACLs by which the source's cluster refuses what producers write to the topics of a link. Its
 * methods call; on the thread of ACLs.
 */
final class WriterFence {
  private static final String EVERYBODY = "User:*";
  private static final String ANYWHERE = "*";
  private static final String WRITE = "WRITE";

  private final AclStore source;

  WriterFence(AclStore source) {
    this.source = source;
  }

  /** Those that are to be created: what exists already is not the move's, and stays. */
  List<MovedAcl> missing(Collection<String> topics) {
    if (!(source.acls(Set.of(Kind.TOPIC)) instanceof Acls.Found found)) {
      throw new ReplicationException("the ACLs of the source can't be seen any more");
    }
    List<MovedAcl> missing = new ArrayList<>();
    for (String topic : new TreeSet<>(topics)) {
      AclEntry entry =
          new AclEntry(
              Kind.TOPIC, Pattern.LITERAL, topic, EVERYBODY, ANYWHERE, WRITE, Permission.DENY);
      if (!found.entries().contains(entry)) {
        missing.add(new MovedAcl(true, entry));
      }
    }
    return missing;
  }

  /**
   * Creates them.
   *
   * @throws ReplicationException if one could not be created; others are
   */
  void create(List<MovedAcl> acls) {
    refusal(source.createAcls(entries(acls)))
        .ifPresent(
            why -> {
              throw new ReplicationException(
                  "the writers of the source could not be fenced: " + why.getMessage(), why);
            });
  }

  /** Deletes them; returns why one could not be deleted. */
  Optional<ReplicationException> delete(List<MovedAcl> acls) {
    List<AclEntry> entries = entries(acls);
    return entries.isEmpty() ? Optional.empty() : refusal(source.deleteAcls(entries));
  }

  private static List<AclEntry> entries(List<MovedAcl> acls) {
    return acls.stream().filter(MovedAcl::inSource).map(MovedAcl::entry).toList();
  }

  /** One that passes, if there is one. */
  private static Optional<ReplicationException> refusal(
      Map<AclEntry, Optional<ReplicationException>> answers) {
    List<ReplicationException> all = answers.values().stream().flatMap(Optional::stream).toList();
    Optional<ReplicationException> passing =
        all.stream().filter(RetriableException.class::isInstance).findFirst();
    return passing.isPresent() ? passing : all.stream().findFirst();
  }
}
