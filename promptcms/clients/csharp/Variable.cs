namespace Promptcms.Client
{
    /// <summary>A variable that the prompt declares.</summary>
    public sealed class Variable
    {
        private Variable(Members members)
        {
            Name = members.NeededText("name");
            Type = members.Text("type") ?? "string";
            Required = !(members["required"] is bool required) || required;
            Default = members["default"];
            Description = members.Text("description") ?? "";
        }

        /// <summary>Its name, as in {{name}}.</summary>
        public string Name { get; }

        /// <summary>What is expected: `string`, `integer`, `number` or `boolean`.</summary>
        public string Type { get; }

        /// <summary>Does a value have to be given?</summary>
        public bool Required { get; }

        /// <summary>What stands in when no value is given for one that is not required; null for nothing.</summary>
        public object Default { get; }

        /// <summary>What it means, in the words of the prompt's authors.</summary>
        public string Description { get; }

        /// <summary>Return what the server wrote as a variable. Raises FormatException.</summary>
        internal static Variable Read(object json)
        {
            return new Variable(Members.Of(json, "a variable"));
        }
    }
}
