using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Octavia.ServiceTests.Hosting;

/// <summary>Writes what others can use of an assembly, one line for each type, base, member and accessor.</summary>
internal static class ApiText
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) => assembly.GetTypes().Where(t => t.IsVisible).SelectMany(Of);

    private static IEnumerable<string> Of(Type type)
    {
        var name = type.Namespace is { Length: > 0 } space ? $"{space}.{Name(type)}" : Name(type);
        yield return $"{name} is {Kind(type)}";
        foreach (var parent in Bases(type))
            yield return $"{name} : {Name(parent)}";
        foreach (var field in type.GetFields(Declared).Where(f => IsOpen(f) && !f.IsSpecialName))
            yield return type.IsEnum ? $"{name}.{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}" : $"{name}.{field.Name} : {Name(field.FieldType)}";
        foreach (var property in type.GetProperties(Declared))
        {
            var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
            foreach (var accessor in property.GetAccessors(nonPublic: true).Where(a => IsOpen(a) && !IsOverride(a)))
                yield return $"{name}.{property.Name}.{Accessor(accessor)} : {required}{Name(property.PropertyType)}";
        }

        foreach (var constructor in type.GetConstructors(Declared).Where(c => IsOpen(c) && !IsGenerated(c) && !c.IsStatic))
            yield return $"{name}({Parameters(constructor)})";
        foreach (var method in type.GetMethods(Declared).Where(m => IsOpen(m) && !IsGenerated(m) && !IsOverride(m) && !IsAccessor(m)))
            yield return $"{name}.{method.Name}{Generic(method)}({Parameters(method)}) : {Name(method.ReturnType)}{Constraints(method)}";
    }

    private static bool IsOpen(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    private static bool IsOpen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsGenerated(MethodBase method) => method.IsDefined(typeof(CompilerGeneratedAttribute));

    private static bool IsOverride(MethodInfo method) => method.GetBaseDefinition() != method;

    private static bool IsAccessor(MethodInfo method) => method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static string Accessor(MethodInfo method) => method.Name.StartsWith("get_", StringComparison.Ordinal)
        ? "get"
        : method.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init" : "set";

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static IEnumerable<Type> Bases(Type type)
    {
        if (type.IsEnum)
            return [];
        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var own = type.GetInterfaces().Where(i => i.IsVisible && !inherited.Contains(i) && !(i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEquatable<>)));
        return type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) ? own.Prepend(parent) : own;
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select((parameter, index) =>
        (index == 0 && method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "")
        + (parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "")
        + (parameter.IsOut ? "out " : "")
        + $"{Name(parameter.ParameterType)} {parameter.Name}"
        + (parameter.HasDefaultValue ? " = ?" : "")));

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Constraints(MethodInfo method) =>
        method.IsGenericMethod ? string.Concat(method.GetGenericArguments().Select(Constraints)) : "";

    private static string Constraints(Type argument)
    {
        var flags = argument.GenericParameterAttributes;
        List<string> words = [.. argument.GetGenericParameterConstraints().Select(Name)];
        if (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            words.Add("class");
        if (flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint))
            words.Add("new()");
        return words.Count == 0 ? "" : $" where {argument.Name} : {string.Join(", ", words.Order(StringComparer.Ordinal))}";
    }

    private static string Name(Type type)
    {
        if (type.IsByRef)
            return Name(type.GetElementType()!);
        if (type.IsArray)
            return Name(type.GetElementType()!) + "[]";
        if (Nullable.GetUnderlyingType(type) is { } value)
            return Name(value) + "?";
        return type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
    }
}
