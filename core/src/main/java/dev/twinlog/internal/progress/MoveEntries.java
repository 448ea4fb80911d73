package dev.twinlog.internal.progress;

import dev.twinlog.internal.progress.MovedGroup.Position;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.StoredEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stored entries of moves, and of the last contact with the source. Version 1 each, all numbers
 * big-endian, texts UTF-8 after a 32-bit length, a flag one byte, a partition its topic and a
 * 32-bit number, an offset or a time in milliseconds 64 bits, or -1 if it isn't known:
 *
 * <pre>
 * move                              required; id 16 bytes | verb | actor | begun | ended, or -1
 * move/partition/number/topic       required; fenced flag | problem | source cut
 *                                   | count 4, then for each: target partition | seam | held
 *                                   | source end | last contact | last timestamp
 *                                   | records that may have followed
 * move/group/id                     required; state | reason
 *                                   | count 4, then for each: source partition | offset
 *                                   | count 4, then for each: target partition | offset
 *                                   | read twice at most | reason
 * move/done/id                      required; as move, of one of some topics, which is done
 *                                   | written after the cut, or -1 | count 4, then the topics
 * move/phase                        required; phase | written after the cut, or -1
 * move/acl/number                   required; count 4, then for each: flag, whether in the source
 *                                   | length 4 and bytes of an ACL, see {@link AclEntryCodec}
 * aborted                           as move, of one that was taken back | reason
 * contact/topic                     count 4, then for each: partition number 4 | source end
 *                                   | last contact | last timestamp
 *                                   | for each again: records that may have followed
 * </pre>
 *
 * <p>Stateless.
 */
public final class MoveEntries {
  private static final Logger LOG = LoggerFactory.getLogger(MoveEntries.class);
  private static final int VERSION = 1;
  private static final String MOVE = "move";
  private static final String PARTITION = "move/partition/";
  private static final String GROUP = "move/group/";
  private static final String PHASE = "move/phase";
  private static final String DONE = "move/done/";
  private static final String ACL = "move/acl/";
  private static final String ABORTED = "aborted";
  private static final String CONTACT = "contact/";
  private static final int ACLS_AT_ONCE = 1_000;
  private static final int SMALLEST_PARTITION = 4 + 4;

  private MoveEntries() {}

  /**
   * What is stored of a move. Immutable.
   *
   * @param header empty if the link was not moved
   * @param phase empty if it is no switchover
   * @param seams by source partition
   * @param acls also those of a move that was taken back, if they could not be deleted
   * @param some the moves of some topics, in the order in which they were done
   */
  public record Stored(
      Optional<MoveHeader> header,
      Optional<MovePhase> phase,
      Map<TopicPartition, Seam> seams,
      Map<String, MovedGroup> groups,
      List<MovedAcl> acls,
      List<MovedTopics> some) {
    public Stored {
      some = List.copyOf(some);
      seams = Map.copyOf(seams);
      groups = Map.copyOf(groups);
      acls = List.copyOf(acls);
    }
  }

  /**
   * Reads what is stored of a move.
   *
   * @throws LinkFailedException if it is damaged, or of a version that this one doesn't know
   */
  public static Stored move(Collection<StoredEntry> entries) {
    Optional<MoveHeader> header = Optional.empty();
    Map<TopicPartition, Seam> seams = new HashMap<>();
    Map<String, MovedGroup> groups = new HashMap<>();
    Optional<MovePhase> phase = Optional.empty();
    List<MovedAcl> acls = new ArrayList<>();
    List<MovedTopics> some = new ArrayList<>();
    for (StoredEntry entry : entries) {
      String key = entry.key();
      if (key.equals(MOVE)) {
        header = Optional.of(header(entry.bytes()));
      } else if (key.startsWith(PARTITION)) {
        seams.put(partition(key.substring(PARTITION.length())), seam(entry.bytes()));
      } else if (key.startsWith(GROUP)) {
        groups.put(key.substring(GROUP.length()), group(entry.bytes()));
      } else if (key.equals(PHASE)) {
        phase = Optional.of(phase(entry.bytes()));
      } else if (key.startsWith(ACL)) {
        acls.addAll(acls(entry.bytes()));
      } else if (key.startsWith(DONE)) {
        some.add(some(entry.bytes()));
      }
    }
    some.sort(Comparator.comparingLong(one -> one.header().endedMs()));
    return new Stored(header, phase, seams, groups, acls, some);
  }

  /** The last contacts with the source; those that can't be read are left out. */
  public static Map<TopicPartition, Contact> contacts(Collection<StoredEntry> entries) {
    Map<TopicPartition, Contact> contacts = new HashMap<>();
    for (StoredEntry entry : entries) {
      if (entry.key().startsWith(CONTACT)) {
        try {
          contacts.putAll(contact(entry.key().substring(CONTACT.length()), entry.bytes()));
        } catch (LinkFailedException e) {
          // a newer version may have written it: it is as if nothing were known
          LOG.debug("{} can't be read", entry, e);
        }
      }
    }
    return contacts;
  }

  /** The entries that make a link forget that it was moved, and what was created for that. */
  public static List<StoredEntry> withoutMove(Collection<StoredEntry> entries) {
    return removed(entries, MoveEntries::isOfMove);
  }

  /** The entries that make a link forget that it was moved, but not which ACLs were created. */
  public static List<StoredEntry> withoutMoveButAcls(Collection<StoredEntry> entries) {
    return removed(entries, key -> isOfMove(key) && !key.startsWith(ACL));
  }

  /**
   * The entries that make a link forget a move that is not finished, but not which ACLs were
   * created, nor that some topics were moved before it.
   */
  public static List<StoredEntry> withoutUnfinished(Collection<StoredEntry> entries) {
    Set<String> moved = new HashSet<>();
    move(entries).some().forEach(one -> moved.addAll(one.topics()));
    return removed(
        entries,
        key ->
            isOfMove(key)
                && !key.startsWith(ACL)
                && !key.startsWith(DONE)
                && !(key.startsWith(PARTITION)
                    && moved.contains(partition(key.substring(PARTITION.length())).topic())));
  }

  /** The entries that make a link forget which ACLs were created. */
  public static List<StoredEntry> withoutAcls(Collection<StoredEntry> entries) {
    return removed(entries, key -> key.startsWith(ACL));
  }

  /** The entries that make a link forget what has become of groups in a move. */
  public static List<StoredEntry> withoutGroups(Collection<StoredEntry> entries) {
    return removed(entries, key -> key.startsWith(GROUP));
  }

  /**
   * The entries of a move of some topics that is done: from then on the link copies the others,
   * without them.
   */
  public static List<StoredEntry> ofDone(MovedTopics move) {
    FieldWriter out =
        header(move.header()).int64(move.writtenAfterCut()).int32(move.topics().size());
    new TreeSet<>(move.topics()).forEach(out::string);
    return List.of(
        new StoredEntry(DONE + move.header().id(), true, out.toByteArray()),
        StoredEntry.removed(MOVE, true),
        StoredEntry.removed(PHASE, true));
  }

  private static MovedTopics some(byte[] bytes) {
    return FieldReader.read(
        "move of some topics",
        bytes,
        VERSION,
        in -> {
          MoveHeader header = header(in);
          long written = in.int64();
          Set<String> topics = new HashSet<>();
          for (int left = in.count(4); left > 0; left--) {
            topics.add(in.string());
          }
          return new MovedTopics(header, written, topics);
        });
  }

  /** Whether the entry of this key belongs to a move. */
  public static boolean isOfMove(String key) {
    return key.equals(MOVE)
        || key.equals(PHASE)
        || key.startsWith(PARTITION)
        || key.startsWith(GROUP)
        || key.startsWith(DONE)
        || key.startsWith(ACL)
        || key.startsWith(ReverseEntries.RESEND);
  }

  /** The entry that makes a move forget a partition. */
  public static StoredEntry without(TopicPartition source) {
    return StoredEntry.removed(key(source), true);
  }

  /** The entry that makes a move forget a group. */
  public static StoredEntry without(String group) {
    return StoredEntry.removed(GROUP + group, true);
  }

  private static String key(TopicPartition source) {
    return PARTITION + source.partition() + "/" + source.topic();
  }

  private static List<StoredEntry> removed(
      Collection<StoredEntry> entries, Predicate<String> keys) {
    return entries.stream()
        .map(StoredEntry::key)
        .filter(keys)
        .map(key -> StoredEntry.removed(key, true))
        .toList();
  }

  /** The entries that make a link forget what it knew of its source. */
  public static List<StoredEntry> withoutContacts(Collection<StoredEntry> entries) {
    return entries.stream()
        .filter(entry -> entry.key().startsWith(CONTACT))
        .map(entry -> StoredEntry.removed(entry.key(), entry.required()))
        .toList();
  }

  public static StoredEntry of(MoveHeader header) {
    return new StoredEntry(MOVE, true, header(header).toByteArray());
  }

  private static FieldWriter header(MoveHeader header) {
    return new FieldWriter(VERSION)
        .int64(header.id().getMostSignificantBits())
        .int64(header.id().getLeastSignificantBits())
        .string(header.verb())
        .string(header.actor())
        .int64(header.begunMs())
        .int64(header.endedMs());
  }

  private static MoveHeader header(byte[] bytes) {
    return FieldReader.read("move", bytes, VERSION, MoveEntries::header);
  }

  private static MoveHeader header(FieldReader in) {
    return new MoveHeader(
        new UUID(in.int64(), in.int64()), in.string(), in.string(), in.int64(), in.int64());
  }

  public static StoredEntry of(MovePhase phase) {
    byte[] bytes =
        new FieldWriter(VERSION).string(phase.phase()).int64(phase.writtenAfterCut()).toByteArray();
    return new StoredEntry(PHASE, true, bytes);
  }

  private static MovePhase phase(byte[] bytes) {
    return FieldReader.read(
        "phase of a move", bytes, VERSION, in -> new MovePhase(in.string(), in.int64()));
  }

  /** The entries of these ACLs, instead of those of any others. */
  public static List<StoredEntry> ofAcls(List<MovedAcl> acls) {
    List<StoredEntry> entries = new ArrayList<>();
    for (int from = 0; from < acls.size(); from += ACLS_AT_ONCE) {
      List<MovedAcl> some = acls.subList(from, Math.min(acls.size(), from + ACLS_AT_ONCE));
      FieldWriter out = new FieldWriter(VERSION).int32(some.size());
      some.forEach(acl -> out.flag(acl.inSource()).bytes(AclEntryCodec.encode(acl.entry())));
      entries.add(new StoredEntry(ACL + from / ACLS_AT_ONCE, true, out.toByteArray()));
    }
    return entries;
  }

  private static List<MovedAcl> acls(byte[] bytes) {
    return FieldReader.read(
        "ACLs of a move",
        bytes,
        VERSION,
        in -> {
          List<MovedAcl> acls = new ArrayList<>();
          for (int left = in.count(1 + 4); left > 0; left--) {
            acls.add(new MovedAcl(in.flag(), AclEntryCodec.decode(in.bytes())));
          }
          return acls;
        });
  }

  public static StoredEntry of(AbortedMove move) {
    return new StoredEntry(
        ABORTED, false, header(move.header()).string(move.reason()).toByteArray());
  }

  /** The last move that was taken back; empty if there is none, or it can't be read. */
  public static Optional<AbortedMove> aborted(Collection<StoredEntry> entries) {
    for (StoredEntry entry : entries) {
      if (entry.key().equals(ABORTED)) {
        try {
          return Optional.of(
              FieldReader.read(
                  "aborted move",
                  entry.bytes(),
                  VERSION,
                  in -> new AbortedMove(header(in), in.string())));
        } catch (LinkFailedException e) {
          LOG.debug("{} can't be read", entry, e); // a newer version may have written it
        }
      }
    }
    return Optional.empty();
  }

  public static StoredEntry of(TopicPartition source, Seam seam) {
    FieldWriter out =
        new FieldWriter(VERSION)
            .flag(seam.fenced())
            .string(seam.problem())
            .int64(seam.sourceCut())
            .int32(seam.targets().size());
    seam.targets()
        .forEach(
            (target, next) ->
                out.topicPartition(target).int64(next).int64(seam.held().getOrDefault(target, 0L)));
    write(out, seam.last());
    out.int64(seam.last().mayFollow());
    return new StoredEntry(key(source), true, out.toByteArray());
  }

  private static Seam seam(byte[] bytes) {
    return FieldReader.read(
        "seam",
        bytes,
        VERSION,
        in -> {
          boolean fenced = in.flag();
          String problem = in.string();
          long cut = in.int64();
          Map<TopicPartition, Long> targets = new HashMap<>();
          Map<TopicPartition, Long> held = new HashMap<>();
          for (int left = in.count(SMALLEST_PARTITION + 8 + 8); left > 0; left--) {
            TopicPartition target = in.topicPartition();
            targets.put(target, in.int64());
            long count = in.int64();
            if (count > 0) {
              held.put(target, count);
            }
          }
          Contact last = readContact(in);
          return new Seam(fenced, problem, cut, targets, held, last.mayFollow(mayFollow(in)));
        });
  }

  /** Reads a partition from the end of a key. */
  static TopicPartition partition(String key) {
    int slash = key.indexOf('/');
    try {
      return new TopicPartition(
          key.substring(slash + 1), Integer.parseInt(key.substring(0, Math.max(0, slash))));
    } catch (NumberFormatException e) {
      throw new LinkFailedException("the entry of a moved partition is damaged: " + key, e);
    }
  }

  public static StoredEntry of(String id, MovedGroup group) {
    FieldWriter out =
        new FieldWriter(VERSION)
            .string(group.state())
            .string(group.reason())
            .int32(group.positions().size());
    for (Position position : group.positions()) {
      out.topicPartition(position.partition())
          .int64(position.source())
          .int32(position.targets().size());
      position.targets().forEach((target, next) -> out.topicPartition(target).int64(next));
      out.int64(position.reReadAtMost()).string(position.reason());
    }
    return new StoredEntry(GROUP + id, true, out.toByteArray());
  }

  private static MovedGroup group(byte[] bytes) {
    return FieldReader.read(
        "moved group",
        bytes,
        VERSION,
        in -> {
          String state = in.string();
          String reason = in.string();
          List<Position> positions = new ArrayList<>();
          for (int left = in.count(SMALLEST_PARTITION + 8 + 4 + 8 + 4); left > 0; left--) {
            TopicPartition source = in.topicPartition();
            long offset = in.int64();
            Map<TopicPartition, Long> targets = new HashMap<>();
            for (int more = in.count(SMALLEST_PARTITION + 8); more > 0; more--) {
              targets.put(in.topicPartition(), in.int64());
            }
            positions.add(new Position(source, offset, targets, in.int64(), in.string()));
          }
          return new MovedGroup(state, reason, positions);
        });
  }

  /** The last contacts with the partitions of one source topic, by their numbers. */
  public static StoredEntry ofTopic(String topic, Map<Integer, Contact> contacts) {
    FieldWriter out = new FieldWriter(VERSION).int32(contacts.size());
    Map<Integer, Contact> sorted = new TreeMap<>(contacts);
    sorted.forEach(
        (partition, contact) -> {
          out.int32(partition);
          write(out, contact);
        });
    sorted.values().forEach(contact -> out.int64(contact.mayFollow()));
    return new StoredEntry(CONTACT + topic, false, out.toByteArray());
  }

  private static Map<TopicPartition, Contact> contact(String topic, byte[] bytes) {
    return FieldReader.read(
        "last contact",
        bytes,
        VERSION,
        in -> {
          Map<TopicPartition, Contact> contacts = new LinkedHashMap<>();
          for (int left = in.count(4 + 8 + 8 + 8); left > 0; left--) {
            contacts.put(new TopicPartition(topic, in.int32()), readContact(in));
          }
          contacts.replaceAll((partition, contact) -> contact.mayFollow(mayFollow(in)));
          return contacts;
        });
  }

  private static void write(FieldWriter out, Contact contact) {
    out.int64(contact.end()).int64(contact.atMs()).int64(contact.timestampMs());
  }

  private static Contact readContact(FieldReader in) {
    return new Contact(in.int64(), in.int64(), in.int64());
  }

  /** Added after the first entries were written. */
  private static long mayFollow(FieldReader in) {
    return in.hasMore() ? in.int64() : Seam.UNKNOWN;
  }
}
