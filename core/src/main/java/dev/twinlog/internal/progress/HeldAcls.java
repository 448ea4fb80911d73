package dev.twinlog.internal.progress;

import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.StoredEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The stored entries of ACLs that are held back: they are created in the target when the link is
 * moved there. In the forms of {@link MoveEntries}:
 *
 * <pre>
 * held/acl/number                   count 4, then for each: length 4 and bytes of the ACL of the
 *                                   target | the same of the one of the source
 * </pre>
 *
 * <p>Stateless.
 */
public final class HeldAcls {
  private static final int VERSION = 1;
  private static final String KEY = "held/acl/";
  private static final int AT_ONCE = 1_000;

  private HeldAcls() {}

  /** Those of these entries that are of ACLs that are held back. */
  public static List<StoredEntry> of(Collection<StoredEntry> entries) {
    return entries.stream().filter(entry -> entry.key().startsWith(KEY)).toList();
  }

  /**
   * Reads the ACLs of the target that are held back, each with that of the source.
   *
   * @throws LinkFailedException if an entry is damaged, or of a version that this one doesn't know
   */
  public static Map<AclEntry, AclEntry> read(Collection<StoredEntry> entries) {
    Map<AclEntry, AclEntry> held = new TreeMap<>();
    for (StoredEntry entry : of(entries)) {
      held.putAll(
          FieldReader.read(
              "ACLs that are held back",
              entry.bytes(),
              VERSION,
              in -> {
                Map<AclEntry, AclEntry> some = new TreeMap<>();
                for (int left = in.count(4 + 4); left > 0; left--) {
                  AclEntry target = AclEntryCodec.decode(in.bytes());
                  some.put(target, AclEntryCodec.decode(in.bytes()));
                }
                return some;
              }));
    }
    return held;
  }

  /**
   * The entries of these ACLs, which take the place of former ones.
   *
   * @param former the keys of what is stored
   */
  public static List<StoredEntry> replacing(Set<String> former, Map<AclEntry, AclEntry> held) {
    List<StoredEntry> entries = new ArrayList<>();
    List<Map.Entry<AclEntry, AclEntry>> all = new ArrayList<>(new TreeMap<>(held).entrySet());
    Set<String> unused = new HashSet<>(former);
    for (int from = 0; from < all.size(); from += AT_ONCE) {
      List<Map.Entry<AclEntry, AclEntry>> some =
          all.subList(from, Math.min(all.size(), from + AT_ONCE));
      FieldWriter out = new FieldWriter(VERSION).int32(some.size());
      some.forEach(
          each ->
              out.bytes(AclEntryCodec.encode(each.getKey()))
                  .bytes(AclEntryCodec.encode(each.getValue())));
      String key = KEY + from / AT_ONCE;
      unused.remove(key);
      entries.add(new StoredEntry(key, false, out.toByteArray()));
    }
    unused.forEach(key -> entries.add(StoredEntry.removed(key, false)));
    return entries;
  }
}
