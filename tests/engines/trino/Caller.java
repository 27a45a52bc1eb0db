import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;

/**
 * Calls the methods of Trino's OPA access control, made by its own factory, as Trino does.
 *
 * <p>Arguments: the plugin's properties, KEY=VALUE each. First it prints the methods of SystemAccessControl, a line each:
 * number, tab, name, tab, parameter types. Then each line that it reads is a call: the method's number and the names that
 * the call is about (KEY=VALUE, behind tabs); it answers with one line, "returned" or "denied" or "failed", tab, and what.
 *
 * <p>Everything of Trino is reached by reflection: so one program serves all releases, whatever methods they have, and is
 * compiled without them.
 */
public final class Caller {
    private static final String SPI = "io.trino.spi.";
    private static final String QUERY = "20260101_000000_00001_abcde";

    /** Of one call: what has been used of the names that several parameters take in turn. */
    private final Map<String, String> names;
    private final Map<String, Integer> taken = new HashMap<>();

    private Caller(Map<String, String> names) {
        this.names = names;
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        System.setOut(System.err); // where libraries may say what they like
        Object control = accessControl(arguments);
        List<Method> methods = new ArrayList<>(List.of(Class.forName(SPI + "security.SystemAccessControl").getMethods()));
        methods.removeIf(method -> method.getName().equals("shutdown"));
        methods.sort(Comparator.comparing(Method::getName).thenComparing(Caller::types));
        for (int i = 0; i < methods.size(); i++) {
            answers.println(i + "\t" + methods.get(i).getName() + "\t" + types(methods.get(i)));
        }
        answers.println();
        BufferedReader calls = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = calls.readLine(); line != null; line = calls.readLine()) {
            String[] fields = line.split("\t");
            Map<String, String> names = new HashMap<>();
            for (int i = 1; i < fields.length; i++) {
                int at = fields[i].indexOf('=');
                names.put(fields[i].substring(0, at), fields[i].substring(at + 1));
            }
            answers.println(call(control, methods.get(Integer.parseInt(fields[0])), new Caller(names)));
        }
        System.exit(0); // the plugin's threads are no daemons
    }

    private static Object accessControl(String[] properties) throws Exception {
        Map<String, String> config = new LinkedHashMap<>();
        for (String property : properties) {
            int at = property.indexOf('=');
            config.put(property.substring(0, at), property.substring(at + 1));
        }
        Class<?> contextType = Class.forName(SPI + "security.SystemAccessControlFactory$SystemAccessControlContext");
        Class<?> telemetryType = Class.forName("io.opentelemetry.api.OpenTelemetry");
        Object telemetry = telemetryType.getMethod("noop").invoke(null);
        Object context = Proxy.newProxyInstance(contextType.getClassLoader(), new Class<?>[] {contextType},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getVersion" -> System.getProperty("trino.release");
                    case "getOpenTelemetry" -> telemetry;
                    case "getTracer" -> telemetryType.getMethod("getTracer", String.class).invoke(telemetry, "trino");
                    default -> throw new UnsupportedOperationException(method.getName());
                });
        Class<?> factoryType = Class.forName(SPI + "security.SystemAccessControlFactory");
        for (Object plugin : ServiceLoader.load(Class.forName(SPI + "Plugin"))) {
            Method factories = plugin.getClass().getMethod("getSystemAccessControlFactories");
            for (Object factory : (Iterable<?>) factories.invoke(plugin)) {
                if (factoryType.getMethod("getName").invoke(factory).equals("opa")) {
                    return factoryType.getMethod("create", Map.class, contextType).invoke(factory, config, context);
                }
            }
        }
        throw new IllegalStateException("no plugin here has an access control that is called opa");
    }

    private static String types(Method method) {
        List<String> types = new ArrayList<>();
        for (var type : method.getGenericParameterTypes()) {
            types.add(simple(type.getTypeName()));
        }
        return String.join(" ", types);
    }

    /** A type's name without packages. */
    private static String simple(String type) {
        return type.replaceAll("[a-z][A-Za-z0-9_]*\\.", "").replace(" ", "");
    }

    private static String call(Object control, Method method, Caller names) throws Exception {
        List<Object> arguments = new ArrayList<>();
        for (var type : method.getGenericParameterTypes()) {
            arguments.add(names.argument(simple(type.getTypeName())));
        }
        try {
            return "returned\t" + json(method.invoke(control, arguments.toArray()));
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            boolean denied = cause.getClass().getSimpleName().equals("AccessDeniedException");
            return (denied ? "denied\t" : "failed\t") + json(cause.getClass().getSimpleName() + ": " + cause.getMessage());
        }
    }

    // ---- arguments ------------------------------------------------------------------------------------------------------

    private Object argument(String type) throws Exception {
        return switch (type) {
            case "Identity" -> identity(next("identity") == 0 ? name("user") : name("owner"));
            case "Collection<Identity>" -> {
                List<Object> owners = new ArrayList<>();
                for (String owner : list("owners")) {
                    owners.add(identity(owner));
                }
                yield owners;
            }
            case "SystemSecurityContext" -> create("security.SystemSecurityContext", identity(name("user")), queryId(),
                    Instant.EPOCH);
            case "QueryId" -> queryId();
            case "Optional<Principal>", "Optional<TrinoPrincipal>" -> Optional.empty();
            case "String" -> list("strings").get(next("strings"));
            case "Set<String>" -> new LinkedHashSet<>(list("set"));
            case "boolean" -> false;
            case "Privilege" -> type("security.Privilege").getField("SELECT").get(null);
            case "EntityPrivilege" -> create("connector.EntityPrivilege", "SELECT");
            case "EntityKindAndName" -> create("connector.EntityKindAndName", "TABLE",
                    List.of(name("catalog"), name("schema"), name("table")));
            case "TrinoPrincipal" -> principal();
            case "Set<TrinoPrincipal>" -> Set.of(principal());
            case "Map<String,Object>" -> properties();
            case "Map<String,Optional<Object>>" -> {
                Map<String, Object> properties = new LinkedHashMap<>();
                properties().forEach((key, value) -> properties.put(key, Optional.of(value)));
                properties.put("unset", Optional.empty());
                yield properties;
            }
            default -> named(type);
        };
    }

    /** What has the names of things in it. */
    private Object named(String type) throws Exception {
        return switch (type) {
            case "CatalogSchemaName" -> create("connector.CatalogSchemaName", name("catalog"), name("schema"));
            case "CatalogSchemaTableName" -> next("table") == 0
                    ? create("connector.CatalogSchemaTableName", name("catalog"), name("schema"), name("table"))
                    : create("connector.CatalogSchemaTableName", name("catalog"), name("newSchema"), name("newTable"));
            case "CatalogSchemaRoutineName" -> create("connector.CatalogSchemaRoutineName", name("catalog"), name("schema"),
                    name("function"));
            case "Set<SchemaTableName>" -> pairs("connector.SchemaTableName", "tables");
            case "Set<SchemaFunctionName>" -> pairs("function.SchemaFunctionName", "functions");
            case "Map<SchemaTableName,Set<String>>" -> {
                Map<Object, Object> columns = new LinkedHashMap<>();
                for (Object table : pairs("connector.SchemaTableName", "tables")) {
                    columns.put(table, new LinkedHashSet<>(list("set")));
                }
                yield columns;
            }
            case "Type" -> type("type.VarcharType").getField("VARCHAR").get(null);
            case "List<ColumnSchema>" -> {
                List<Object> columns = new ArrayList<>();
                for (String column : list("set")) {
                    columns.add(column(column));
                }
                yield columns;
            }
            default -> throw new IllegalStateException("no sample of " + type + ": say here what one is");
        };
    }

    private String name(String key) {
        String value = names.get(key);
        if (value == null) {
            throw new IllegalStateException("the call names no " + key);
        }
        return value;
    }

    private List<String> list(String key) {
        String all = name(key);
        return all.isEmpty() ? List.of() : List.of(all.split(","));
    }

    private int next(String key) {
        return taken.merge(key, 1, Integer::sum) - 1;
    }

    private Object identity(String user) throws Exception {
        Object builder = type("security.Identity").getMethod("forUser", String.class).invoke(null, user);
        builder.getClass().getMethod("withGroups", Set.class).invoke(builder, new LinkedHashSet<>(list("groups")));
        return builder.getClass().getMethod("build").invoke(builder);
    }

    private static Object queryId() throws Exception {
        return create("QueryId", QUERY);
    }

    private static Object principal() throws Exception {
        return create("security.TrinoPrincipal", type("security.PrincipalType").getField("USER").get(null), "someone");
    }

    private static Map<String, Object> properties() {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("format", "PARQUET");
        properties.put("bucket_count", 32);
        properties.put("partitioning", List.of("region"));
        return properties;
    }

    private Set<Object> pairs(String type, String key) throws Exception {
        Set<Object> pairs = new LinkedHashSet<>();
        for (String pair : list(key)) {
            String[] parts = pair.split("\\.", 2);
            pairs.add(create(type, parts[0], parts[1]));
        }
        return pairs;
    }

    private static Object column(String name) throws Exception {
        Class<?> type = type("connector.ColumnSchema");
        Object builder = type.getMethod("builder").invoke(null);
        builder.getClass().getMethod("setName", String.class).invoke(builder, name);
        builder.getClass().getMethod("setType", type("type.Type")).invoke(builder,
                type("type.VarcharType").getField("VARCHAR").get(null));
        builder.getClass().getMethod("setHidden", boolean.class).invoke(builder, false);
        return builder.getClass().getMethod("build").invoke(builder);
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(SPI + name);
    }

    private static Object create(String name, Object... arguments) throws Exception {
        for (var constructor : type(name).getConstructors()) {
            Class<?>[] parameters = constructor.getParameterTypes();
            boolean fits = parameters.length == arguments.length;
            for (int i = 0; fits && i < arguments.length; i++) {
                fits = parameters[i].isInstance(arguments[i]);
            }
            if (fits) {
                return constructor.newInstance(arguments);
            }
        }
        throw new NoSuchMethodException(name);
    }

    // ---- answers --------------------------------------------------------------------------------------------------------

    private static String json(Object value) throws Exception {
        if (value == null || value instanceof Boolean) {
            return String.valueOf(value);
        }
        if (value instanceof Optional<?> optional) {
            return json(optional.orElse(null));
        }
        if (value instanceof Map<?, ?> map) {
            List<String> members = new ArrayList<>();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                members.add(quoted(text(entry.getKey())) + ": " + json(entry.getValue()));
            }
            members.sort(null);
            return "{" + String.join(", ", members) + "}";
        }
        if (value instanceof Collection<?> collection) {
            List<String> elements = new ArrayList<>();
            for (Object element : collection) {
                elements.add(json(element));
            }
            if (value instanceof Set<?>) {
                elements.sort(null);
            }
            return "[" + String.join(", ", elements) + "]";
        }
        return quoted(text(value));
    }

    /** An expression's SQL, a column's or user's name; of others what they say of themselves. */
    private static String text(Object value) throws Exception {
        return switch (value.getClass().getSimpleName()) {
            case "ViewExpression" -> (String) value.getClass().getMethod("getExpression").invoke(value);
            case "ColumnSchema" -> (String) value.getClass().getMethod("getName").invoke(value);
            case "Identity" -> (String) value.getClass().getMethod("getUser").invoke(value);
            default -> value.toString();
        };
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
